import { zstdCompressSync } from "node:zlib";
import { McapWriter, TempBuffer } from "@mcap/core";

export interface FixtureMessage {
  readonly topic: string;
  readonly schema: string;
  readonly schemaEncoding: string;
  readonly schemaData?: Uint8Array;
  readonly encoding: string;
  readonly logUs: number;
  readonly data: Uint8Array;
}

export type Packing = "none" | "zstd" | "lz4" | "unchunked";

/** A recording made by the format's own library. */
export async function recording(
  messages: readonly FixtureMessage[],
  packing: Packing = "none",
  chunkSize = 2000,
): Promise<Uint8Array> {
  const file = new TempBuffer();
  const compressChunk = (data: Uint8Array) => ({
    compression: packing,
    compressedData: packing === "zstd" ? zstdCompressSync(data) : storedLz4(data),
  });
  const writer = new McapWriter({
    writable: file,
    chunkSize,
    useChunks: packing !== "unchunked",
    ...(packing === "zstd" || packing === "lz4" ? { compressChunk } : {}),
  });
  await writer.start({ profile: "ros2", library: "MagTrace test" });
  await writer.addAttachment({
    name: "a",
    logTime: 0n,
    createTime: 0n,
    mediaType: "",
    data: new Uint8Array(5000).fill(7),
  });
  const channels = new Map<string, number>();
  for (const [sequence, message] of messages.entries()) {
    let channelId = channels.get(message.topic);
    if (channelId === undefined) {
      const schemaId = await writer.registerSchema({
        name: message.schema,
        encoding: message.schemaEncoding,
        data: message.schemaData ?? new Uint8Array(0),
      });
      channelId = await writer.registerChannel({
        topic: message.topic,
        messageEncoding: message.encoding,
        schemaId,
        metadata: new Map(),
      });
      channels.set(message.topic, channelId);
    }
    const time = BigInt(message.logUs) * 1000n;
    await writer.addMessage({ channelId, sequence, logTime: time, publishTime: time, data: message.data });
  }
  await writer.end();
  return file.get();
}

/** A frame of blocks that are stored as they are. Source: LZ4 Frame Format Description, v1.6. */
function storedLz4(data: Uint8Array): Uint8Array {
  const parts = [Buffer.from("04224d18604082", "hex")];
  for (let at = 0; at < data.length; at += 65536) {
    const block = data.subarray(at, at + 65536);
    const size = Buffer.alloc(4);
    size.writeUInt32LE((block.length | 0x80000000) >>> 0);
    parts.push(size, Buffer.from(block));
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** Writes numbers one behind the other as CDR or ROS 1 have them. */
export class RosWriter {
  readonly #alignment: number;
  readonly #little: boolean;
  #bytes: number[] = [];

  constructor(alignment: 0 | 4 | 8 = 8, little = true) {
    this.#alignment = alignment;
    this.#little = little;
  }

  header(us: number, frame = "imu"): this {
    if (this.#alignment === 0) this.#put(4, (view) => view.setUint32(0, 1, this.#little));
    this.#put(4, (view) => view.setUint32(0, Math.floor(us / 1e6), this.#little));
    this.#put(4, (view) => view.setUint32(0, (us % 1e6) * 1000, this.#little));
    const text = [...Buffer.from(frame), ...(this.#alignment === 0 ? [] : [0])];
    this.#put(4, (view) => view.setUint32(0, text.length, this.#little));
    this.#bytes.push(...text);
    return this;
  }

  int8(value: number): this {
    return this.#put(1, (view) => view.setInt8(0, value));
  }

  uint16(value: number): this {
    return this.#put(2, (view) => view.setUint16(0, value, this.#little));
  }

  doubles(...values: readonly number[]): this {
    for (const value of values) this.#put(8, (view) => view.setFloat64(0, value, this.#little));
    return this;
  }

  finish(): Uint8Array {
    if (this.#alignment === 0) return Uint8Array.from(this.#bytes);
    const kind = (this.#alignment === 4 ? 6 : 0) + (this.#little ? 1 : 0);
    return Uint8Array.from([0, kind, 0, 0, ...this.#bytes]);
  }

  #put(size: number, write: (view: DataView) => void): this {
    const step = Math.min(size, this.#alignment);
    if (step > 1) while (this.#bytes.length % step !== 0) this.#bytes.push(0);
    const own = new Uint8Array(size);
    write(new DataView(own.buffer));
    this.#bytes.push(...own);
    return this;
  }
}
