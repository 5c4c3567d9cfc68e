import { RefusedFile } from "../../findings.ts";

const MAGIC = [0x55, 0x4c, 0x6f, 0x67, 0x01, 0x12, 0x35];
const FILE_HEADER_BYTES = 16;
const MESSAGE_HEADER_BYTES = 3;
const FLAG_BITS = "B".charCodeAt(0);
/** The one incompatible flag there is: data were appended at the offsets given. */
const DATA_APPENDED = 1;

export interface UlogMessage {
  readonly type: string;
  readonly offset: number;
  /** Valid until the next message is asked for. */
  readonly data: DataView;
}

export function isUlog(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

/**
 * Messages of a ULog file in its order; one that the file's end cuts off is left out. No message is longer than 64 KiB,
 * which its length field sees to, so neither is what is in memory.
 * Source: PX4, "ULog File Format", https://docs.px4.io/main/en/dev_log/ulog_file_format.html
 *
 * @throws {RefusedFile} flags say that the file cannot be read by what is known of the format.
 */
export async function* ulogMessages(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<UlogMessage> {
  let rest: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let skip = FILE_HEADER_BYTES;
  let appended: number[] = [];
  for await (const chunk of bytes) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = Math.min(skip, all.length);
    skip -= at;
    while (skip === 0 && at + MESSAGE_HEADER_BYTES <= all.length) {
      const size = all[at] | (all[at + 1] << 8);
      const end = at + MESSAGE_HEADER_BYTES + size;
      // What a crash cut off stands before appended data: messages go on at the offset, not behind it.
      const jump = appended.find((one) => one > offset + at && one < offset + end);
      if (jump !== undefined) {
        const target = jump - offset;
        skip = Math.max(0, target - all.length);
        at = Math.min(target, all.length);
        continue;
      }
      if (end > all.length) break;
      const data = new DataView(all.buffer, all.byteOffset + at + MESSAGE_HEADER_BYTES, size);
      const type = all[at + 2];
      if (type === FLAG_BITS) appended = appendedOffsets(data, offset + at);
      yield { type: String.fromCharCode(type), offset: offset + at, data };
      at = end;
    }
    rest = Uint8Array.from(all.subarray(at));
    offset += at;
  }
}

function appendedOffsets(data: DataView, at: number): number[] {
  if (data.byteLength < 40) return [];
  const incompatible = Array.from({ length: 8 }, (_, i) => data.getUint8(8 + i));
  if ((incompatible[0] & ~DATA_APPENDED) !== 0 || incompatible.slice(1).some((flags) => flags !== 0)) {
    throw new RefusedFile({
      code: "not_supported",
      value: `flags at byte ${at}`,
      expected: "a ULog file of the documented kinds; this one uses features that are not known",
    });
  }
  return [0, 1, 2].map((i) => Number(data.getBigUint64(16 + 8 * i, true))).filter((one) => one > 0);
}
