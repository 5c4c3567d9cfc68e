import { writeSync } from "node:fs";
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
export function bufferedOutput(output: LineOutput = standardOutput()): DestinationStream {
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

/** Each line at once. */
export function directOutput(): DestinationStream {
  const output = standardOutput();
  return {
    write(line: string) {
      output.write(line);
      output.flushSync();
    },
  };
}

/** Where a reader of standard output is slower than we are. */
const PAUSE_MS = 10;

/**
 * Pino's own destination ends each flush with an fsync: the event loop then waits for the disk ten times a second, 5 % of
 * its time where somebody else writes much.
 */
function standardOutput(): LineOutput {
  let waiting = "";
  function flushSync(): void {
    let bytes = Buffer.from(waiting);
    waiting = "";
    while (bytes.length > 0) bytes = bytes.subarray(writeSome(bytes));
  }
  return {
    write(line) {
      waiting += line;
      if (waiting.length >= BUFFER_BYTES) flushSync();
    },
    flushSync,
  };
}

/** Nobody reads any more, or the disk takes nothing: no process ends for its log. */
const LOST = new Set(["EPIPE", "ENOSPC", "EDQUOT", "EROFS", "EIO"]);

/** How many bytes were taken; all of them where they cannot be written. */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (LOST.has(code)) return bytes.length;
    if (code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return 0;
  }
}
