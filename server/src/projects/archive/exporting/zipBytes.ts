import { Readable } from "node:stream";
import { ZipFile } from "yazl";

/** One file of a ZIP, made when its turn comes. */
export interface ZipEntry {
  readonly name: string;
  /** Else its bytes lie in the ZIP as they are, so that any range of them can be read. */
  readonly compress: boolean;
  content(): AsyncIterable<Uint8Array>;
}

/** Text shrinks to a fifth at the lowest level, three times as fast as at the highest. */
const COMPRESSION_LEVEL = 1;

/**
 * A ZIP as it is made, one entry after the other; sizes and places beyond 4 GiB are written in ZIP64's fields. What an
 * entry's content throws is thrown, and what is left of it is closed when nobody wants the rest.
 */
export async function* zipBytes(entries: Iterable<ZipEntry>, at: Date): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  let current: Readable | undefined;
  zip.on("error", (error: Error) => output.destroy(error));
  for (const { name, compress, content } of entries) {
    const compressionLevel = compress ? COMPRESSION_LEVEL : 0;
    zip.addReadStreamLazy(name, { mtime: at, compressionLevel }, (give) => {
      current = Readable.from(content(), { objectMode: false });
      // A pipe does not hand on what its source throws.
      current.once("error", (error) => output.destroy(error));
      give(null, current);
    });
  }
  zip.end();
  try {
    yield* output as AsyncIterable<Uint8Array>;
  } finally {
    current?.destroy();
    output.destroy();
  }
}
