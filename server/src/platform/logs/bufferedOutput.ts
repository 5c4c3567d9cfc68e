import { type DestinationStream, pino } from "pino";

const BUFFER_BYTES = 8 * 1024;
/** So long a line may wait; docs/operations.md says what a crash can lose. */
const LONGEST_MS = 100;
const WARN = pino.levels.values.warn!;

interface LineOutput {
  write(line: string): unknown;
  flushSync(): void;
}

/**
 * Standard output of a process that writes a line for each request: many lines by one system call. A warning or an
 * error goes out at once, and with it everything before it; whatever is left does when the process ends, also by an
 * exception that nobody caught.
 */
export function bufferedOutput(
  output: LineOutput = pino.destination({ fd: 1, sync: true, minLength: BUFFER_BYTES }),
): DestinationStream {
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    output.flushSync();
  };
  process.once("exit", flush);
  return {
    // Has pino say which level a line is of.
    [pino.symbols.needsMetadataGsym]: true,
    lastLevel: 0,
    write(line: string) {
      output.write(line);
      if (this.lastLevel >= WARN) flush();
      else timer ??= setTimeout(flush, LONGEST_MS).unref();
    },
  } as DestinationStream & { lastLevel: number };
}
