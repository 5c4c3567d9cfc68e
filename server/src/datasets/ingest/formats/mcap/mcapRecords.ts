import { zstdDecompressSync } from "node:zlib";
import { McapStreamReader, type McapTypes } from "@mcap/core";
import { RefusedFile } from "../../findings.ts";
import { unpackLz4Frame } from "../../typed/lz4.ts";
import type { UnpackingLimit } from "../../unpackingLimit.ts";
import { MAX_RECORD_BYTES, RecordGate, requireSmall } from "./recordGate.ts";

export type McapSchema = McapTypes.Schema;
export type McapChannel = McapTypes.Channel;
export type McapMessage = McapTypes.Message;

/** What is done with the records of a file. */
export interface RecordVisitor<T> {
  schema(schema: McapSchema): void;
  channel(channel: McapChannel): void;
  /** @returns null where it is not wanted. */
  message(message: McapMessage): T | null;
}

/**
 * What a visitor makes of the messages of a file, in its order, some at a time. The summary at the end is not needed.
 *
 * @param onCut Called where the file ends before its data do; what was whole has been given.
 * @throws {RefusedFile} damaged within, packed in an unknown way, or beyond a limit.
 */
export async function* mcapRows<T>(
  bytes: AsyncIterable<Uint8Array>,
  limit: UnpackingLimit,
  visitor: RecordVisitor<T>,
  onCut: () => void,
): AsyncGenerator<T[]> {
  const gate = new RecordGate();
  const reader = new McapStreamReader({
    decompressHandlers: {
      lz4: (packed, size) => unpacked(size, limit, () => unpackLz4Frame(packed, Number(size))),
      zstd: (packed, size) =>
        unpacked(size, limit, () =>
          zstdDecompressSync(packed, { maxOutputLength: Math.max(1, Number(size)) }),
        ),
    },
  });
  for await (const some of bytes) {
    const rows: T[] = [];
    for (const piece of gate.pieces(some)) {
      safely(() => {
        reader.append(piece);
        for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
          if (record.type === "Schema") visitor.schema(record);
          else if (record.type === "Channel") visitor.channel(record);
          else if (record.type === "Message") {
            const row = visitor.message(record);
            if (row !== null) rows.push(row);
          }
        }
      });
    }
    if (rows.length > 0) yield rows;
    if (gate.ended) return;
    if (gate.broken) break;
  }
  onCut();
}

function unpacked(size: bigint, limit: UnpackingLimit, unpack: () => Uint8Array): Uint8Array {
  requireSmall(size, "a chunk");
  limit.addBytes(Number(size));
  const bytes = unpack();
  if (bytes.length === Number(size)) return bytes;
  throw new RangeError(`a chunk of ${size} bytes unpacks to ${bytes.length}`);
}

/** Takes every complaint of the library for one about the file. */
function safely(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof RefusedFile || !(error instanceof Error)) throw error;
    throw new RefusedFile({
      code: "damaged_file",
      value: `MCAP: ${error.message}`,
      expected: `a whole MCAP recording, its chunks packed by lz4 or zstd or not at all, of at most ${MAX_RECORD_BYTES} bytes; mcap recover writes what is whole of a damaged one`,
    });
  }
}
