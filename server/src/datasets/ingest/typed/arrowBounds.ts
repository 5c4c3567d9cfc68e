import { DictionaryBatch } from "apache-arrow/fb/dictionary-batch";
import type { Field } from "apache-arrow/fb/field";
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { RecordBatch } from "apache-arrow/fb/record-batch";
import { Schema } from "apache-arrow/fb/schema";
import { ByteBuffer } from "flatbuffers";
import { RefusedFile } from "../findings.ts";
import type { IngestLimits } from "../types.ts";
import type { UnpackingLimit } from "../unpackingLimit.ts";

/** Bytes that may be read for one record batch: what is larger was not written to be read in a stream. */
export const MAX_BATCH_BYTES = 256 * 1024 * 1024;
/** Nested columns are left out, but the library makes objects of all that is in them. */
const FIELDS_PER_COLUMN = 10;
const CONTINUATION = -1;
const PREFIX_BYTES = 4;

/**
 * Reads of an Arrow file's metadata what it is going to take to read the file, and refuses it before the library acts
 * on it: that takes minutes for 190,000 columns, and for as many rows as a batch says it has as much memory.
 */
export class ArrowBounds {
  readonly #limits: IngestLimits;
  readonly #unpacking: UnpackingLimit;
  /** Place of each column's node among those of a batch. */
  #nodes: readonly number[] = [];
  /** How many columns are read, as soon as that is decided. */
  columns = 1;

  constructor(limits: IngestLimits, unpacking: UnpackingLimit) {
    this.#limits = limits;
    this.#unpacking = unpacking;
  }

  /** @throws {RefusedFile} more columns than allowed. @throws {RangeError} more fields within them. */
  checkSchema(schema: Schema): void {
    const columns = schema.fieldsLength();
    const { maxColumns } = this.#limits;
    if (columns > maxColumns) {
      throw new RefusedFile({
        code: "too_many_columns",
        value: `${columns} columns`,
        expected: `at most ${maxColumns} columns`,
      });
    }
    const most = FIELDS_PER_COLUMN * maxColumns;
    let fields = 0;
    const count = (field: Field | null): number => {
      fields++;
      if (field === null || fields > most)
        throw new RangeError(`more than ${most} fields, or it refers to itself`);
      let nodes = 1;
      for (let i = 0; i < field.childrenLength(); i++) {
        const below = count(field.children(i));
        // Values of a dictionary are not in the batch.
        if (field.dictionary() === null) nodes += below;
      }
      return nodes;
    };
    let node = 0;
    const nodes: number[] = [];
    for (let i = 0; i < columns; i++) {
      nodes.push(node);
      node += count(schema.fields(i));
    }
    this.#nodes = nodes;
  }

  /**
   * @returns Length of the body behind the message.
   * @throws {RefusedFile} it has more rows than the file's size allows.
   * @throws {RangeError} its columns differ in length.
   */
  checkMessage(metadata: Uint8Array, wanted: "any" | "batch" | "dictionary" = "any"): number {
    const message = Message.getRootAsMessage(new ByteBuffer(metadata));
    const kind = message.headerType();
    if (kind === MessageHeader.Schema && wanted === "any") {
      this.checkSchema(message.header(new Schema()) as Schema);
    } else if (kind === MessageHeader.RecordBatch && wanted !== "dictionary") {
      this.#checkBatch(message.header(new RecordBatch()) as RecordBatch);
    } else if (kind === MessageHeader.DictionaryBatch && wanted !== "batch") {
      const dictionary = message.header(new DictionaryBatch()) as DictionaryBatch;
      this.#unpacking.addRows(rowsOf(dictionary.data()), 1);
    } else if (wanted !== "any") throw new RangeError("the footer points at something else");
    const length = Number(message.bodyLength());
    if (!(length >= 0 && length <= MAX_BATCH_BYTES)) throw tooLarge();
    return length;
  }

  #checkBatch(batch: RecordBatch): void {
    const rows = rowsOf(batch);
    this.#unpacking.addRows(rows, this.columns);
    for (const node of this.#nodes) {
      if (node < batch.nodesLength() && Number(batch.nodes(node)?.length()) === rows) continue;
      throw new RangeError("a column is shorter or longer than its batch");
    }
  }
}

function rowsOf(batch: RecordBatch | null): number {
  const rows = Number(batch?.length() ?? 0);
  if (!(rows >= 0)) throw new RangeError(`a batch of ${rows} rows`);
  return rows;
}

export function tooLarge(): RefusedFile {
  return new RefusedFile({
    code: "not_supported",
    expected: `record batches of at most ${MAX_BATCH_BYTES} bytes`,
  });
}

/** Passes the messages of a stream on, each once its metadata was checked. */
export async function* checkedMessages(
  input: AsyncIterable<Uint8Array>,
  skip: number,
  bounds: ArrowBounds,
): AsyncGenerator<Uint8Array> {
  const bytes = new Bytes(input);
  await bytes.exactly(skip);
  for (;;) {
    const prefix = await bytes.exactly(PREFIX_BYTES);
    if (prefix === null) return;
    yield prefix;
    let length = int32(prefix);
    if (length === CONTINUATION) {
      const behind = await bytes.exactly(PREFIX_BYTES);
      if (behind === null) return;
      yield behind;
      length = int32(behind);
    }
    // Nothing but the stream's end has no metadata; what may stand behind is none of its messages.
    if (length === 0) return;
    if (!(length > 0 && length <= MAX_BATCH_BYTES)) throw tooLarge();
    const metadata = await bytes.exactly(length);
    if (metadata === null) return;
    const body = bounds.checkMessage(metadata);
    yield metadata;
    yield* bytes.upTo(body);
  }
}

export function int32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

/** Bytes of a stream by number. */
class Bytes {
  readonly #input: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** The next bytes in one array, or null where there are fewer. */
  async exactly(length: number): Promise<Uint8Array | null> {
    const pieces: Uint8Array[] = [];
    let found = 0;
    for await (const piece of this.upTo(length)) {
      pieces.push(piece);
      found += piece.length;
    }
    if (found < length) return null;
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** The next bytes as they come; fewer only at the end. */
  async *upTo(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#input.next();
        if (next.done) return;
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
}
