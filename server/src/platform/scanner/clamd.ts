import { askClamd, type ClamdAddress, openStream } from "./clamdStream.ts";
import { type Scan, type Scanner, ScannerUnavailable } from "./scanner.ts";

export interface ClamdOptions extends ClamdAddress {
  /** What clamd takes in one stream: no more than its StreamMaxLength. */
  readonly mostBytes: number;
}

/** A longer file is looked at in pieces that share so much: what would be cut in two lies whole in one of them. */
const OVERLAP_BYTES = 1024 * 1024;

/** ClamAV's daemon. Fails closed: nothing but its own word makes a file clean. */
export function createClamd(options: ClamdOptions): Scanner {
  const { mostBytes } = options;
  const overlap = Math.min(OVERLAP_BYTES, Math.floor(mostBytes / 4));
  return {
    async begin(): Promise<Scan> {
      let stream = await openStream(options);
      let taken = 0;
      let found: string | null = null;
      // The last bytes of the piece under way: there are none to keep before its end is near.
      const tail = Buffer.alloc(overlap);

      async function take(bytes: Uint8Array): Promise<void> {
        await stream.send(bytes);
        const tailBegins = mostBytes - overlap;
        const from = Math.max(0, tailBegins - taken);
        if (from < bytes.length) tail.set(bytes.subarray(from), taken + from - tailBegins);
        taken += bytes.length;
      }

      async function nextPiece(): Promise<void> {
        found ??= await stream.verdict();
        stream = await openStream(options);
        taken = 0;
        // A copy: what is taken is kept in the same memory.
        await take(Buffer.from(tail));
      }

      return {
        async write(chunk) {
          for (let at = 0; at < chunk.length && found === null; ) {
            if (taken >= mostBytes) await nextPiece();
            const part = chunk.subarray(at, at + mostBytes - taken);
            await take(part);
            at += part.length;
          }
        },
        async verdict() {
          if (found !== null) stream.close();
          return found ?? stream.verdict();
        },
        abandon: () => stream.close(),
      };
    },
    async ping() {
      const said = await askClamd(options, "PING");
      if (said !== "PONG") {
        throw new ScannerUnavailable(
          "The virus scanner answers, but not as ClamAV does.",
          `it says: ${said}`,
        );
      }
    },
  };
}
