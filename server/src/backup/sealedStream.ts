import { createHash, type Hash } from "node:crypto";
import { pipeline, Readable, type Transform } from "node:stream";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { Decrypter, Encrypter } from "age-encryption";
import { AppError } from "../errors.ts";

type Pieces = AsyncIterable<Uint8Array>;

/** Level 3: what zstd takes for usual; more costs more processor time than it saves here. */
const LEVEL = 3;

/** Compresses and encrypts, piece by piece, for whoever has one of the identities. */
export async function* sealed(source: Pieces, recipients: readonly string[]): AsyncGenerator<Uint8Array> {
  yield* readWeb(await encrypterFor(recipients).encrypt(webOf(compressed(source))));
}

/** @throws AppError damaged_object, or wrong_credentials where none of the identities opens it. */
export async function* opened(source: Pieces, identities: readonly string[]): AsyncGenerator<Uint8Array> {
  const decrypter = decrypterWith(identities);
  let plain: ReadableStream<Uint8Array>;
  try {
    plain = await decrypter.decrypt(webOf(source));
  } catch (cause) {
    if (cause instanceof Error && /no identity matched/.test(cause.message)) {
      const message =
        "None of the identities in the file opens this backup. Use that of the recipient it was made for.";
      throw new AppError("wrong_credentials", message, { cause });
    }
    throw cause;
  }
  try {
    yield* decompressed(readWeb(plain));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("damaged_object", "A file of this backup is damaged. Use another backup.", { cause });
  }
}

export function compressed(source: Pieces): Pieces {
  return through(source, createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }));
}

export function decompressed(source: Pieces): Pieces {
  return through(source, createZstdDecompress());
}

/** @throws AppError invalid_config saying which of them is no recipient. */
export function encrypterFor(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      const message = `BACKUP_RECIPIENTS must be public keys of age, as age1…, by commas, not "${recipient.slice(0, 20)}".`;
      throw new AppError("invalid_config", message, { cause });
    }
  }
  return encrypter;
}

/** The lines of an identity file, as `age-keygen` writes it. @throws AppError wrong_credentials. */
export function parseIdentities(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length === 0) {
    throw new AppError(
      "wrong_credentials",
      "The identity file has no identity. It holds a line AGE-SECRET-KEY-….",
    );
  }
  decrypterWith(identities);
  return identities;
}

function decrypterWith(identities: readonly string[]): Decrypter {
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch (cause) {
    const message = "The identity file is not one of age. It holds a line AGE-SECRET-KEY-….";
    throw new AppError("wrong_credentials", message, { cause });
  }
  return decrypter;
}

/** Whoever stops early ends the source, too. */
function through(source: Pieces, transform: Transform): Pieces {
  const from = Readable.from(source, { objectMode: false, highWaterMark: 1 << 20 });
  // A failure is thrown where the pieces are taken.
  return pipeline(from, transform, () => undefined);
}

function webOf(source: Pieces): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* readWeb(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield piece;
}

export interface Measured {
  readonly bytes: number;
  readonly sha256: string;
}

/** Lets pieces pass, and says afterwards how many bytes they were and their hash. */
export class Meter {
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;

  async *pass(source: Pieces): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      this.#hash.update(piece);
      this.#bytes += piece.byteLength;
      yield piece;
    }
  }

  /** Once. */
  result(): Measured {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}
