import { RefusedFile } from "../../findings.ts";

/** A record, and a chunk unpacked, is held in memory. Writers make chunks of some MiB; one image may be 30. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const MAGIC_BYTES = 8;
const PREFIX_BYTES = 9;
const NOTHING = 0;
const DATA_END = 0x0f;
/** Header, schema, channel, message, chunk: what readings are made of. */
const WANTED = new Set([0x01, 0x03, 0x04, 0x05, 0x06]);

/** @throws {RefusedFile} more than may be held in memory. */
export function requireSmall(bytes: number | bigint, what: string): void {
  if (bytes <= MAX_RECORD_BYTES) return;
  throw new RefusedFile({
    code: "not_supported",
    value: `${what} of ${bytes} bytes`,
    expected: `chunks and messages of at most ${MAX_RECORD_BYTES} bytes; mcap filter in.mcap -o out.mcap -y TOPIC writes the magnetometer's topic alone`,
  });
}

/**
 * Lets through, piece by piece, the records of a file's data that are wanted, and skips attachments and indexes. The
 * library keeps what it is given until a record is whole, however long that says it is: so lengths are looked at here.
 */
export class RecordGate {
  #prefix = Buffer.alloc(0);
  #left = MAGIC_BYTES;
  #isWanted = true;
  /** Whether all data went by: behind them are only indexes. */
  ended = false;
  /** Whether what follows is no record, as where space was reserved and never written. */
  broken = false;

  /** Whether the last record is not whole. */
  get withinRecord(): boolean {
    return this.#left > 0 || this.#prefix.length > 0;
  }

  /** @throws {RefusedFile} a record longer than may be held in memory. */
  *pieces(bytes: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < bytes.length && !this.ended && !this.broken) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        if (this.#isWanted) yield bytes.subarray(at, end);
        this.#left -= end - at;
        at = end;
        continue;
      }
      const end = Math.min(bytes.length, at + PREFIX_BYTES - this.#prefix.length);
      this.#prefix = Buffer.concat([this.#prefix, bytes.subarray(at, end)]);
      at = end;
      if (this.#prefix.length === PREFIX_BYTES) yield* this.#begin();
    }
  }

  *#begin(): Generator<Uint8Array> {
    const prefix = this.#prefix;
    const opcode = prefix[0];
    const length = prefix.readBigUInt64LE(1);
    this.#prefix = Buffer.alloc(0);
    this.ended = opcode === DATA_END;
    this.broken = opcode === NOTHING;
    if (this.ended || this.broken) return;
    this.#isWanted = WANTED.has(opcode);
    if (this.#isWanted) requireSmall(length, "a record");
    this.#left = Number(length);
    if (this.#isWanted) yield prefix;
  }
}
