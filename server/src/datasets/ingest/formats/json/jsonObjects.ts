import { RefusedFile } from "../../findings.ts";

const MAX_OBJECT_BYTES = 1024 * 1024;
const [TAB, LINE_FEED, RETURN, SPACE] = [9, 10, 13, 32];
const [QUOTE, COMMA, BACKSLASH] = [34, 44, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [91, 93, 123, 125];

export interface JsonObject {
  /** Line it begins on, 1-based. */
  readonly line: number;
  readonly members: ReadonlyMap<string, string | number>;
}

/**
 * Objects that stand one after the other or in one list, read without holding more than one of them.
 *
 * @param onCutOff Told the line of a last object that has no end.
 * @throws {RefusedFile} anything but whole objects, with its line.
 */
export async function* jsonObjects(
  bytes: AsyncIterable<Uint8Array>,
  onCutOff: (line: number) => void,
): AsyncGenerator<JsonObject[]> {
  const scan = new ObjectScan();
  for await (const chunk of bytes) {
    const objects = scan.add(chunk);
    if (objects.length > 0) yield objects;
  }
  if (scan.openSince !== null) onCutOff(scan.openSince);
}

class ObjectScan {
  #line = 1;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #inList: boolean | null = null;
  #listEnded = false;
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** Line on which an object begins that has not ended; null where none has. */
  openSince: number | null = null;

  add(chunk: Uint8Array): JsonObject[] {
    const objects: JsonObject[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LINE_FEED) this.#line++;
      if (this.openSince === null) {
        if (byte === OPEN && !this.#listEnded) {
          this.openSince = this.#line;
          this.#inList ??= false;
          this.#depth = 1;
          start = at;
        } else this.#between(byte);
        continue;
      }
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inText = false;
      } else if (byte === QUOTE) this.#inText = true;
      else if (byte === OPEN || byte === OPEN_LIST) this.#depth++;
      else if ((byte === CLOSE || byte === CLOSE_LIST) && --this.#depth === 0) {
        objects.push(this.#parsed(chunk.subarray(start, at + 1)));
      }
    }
    if (this.openSince !== null) this.#keep(Buffer.from(chunk.subarray(start)));
    return objects;
  }

  #keep(bytes: Buffer): void {
    this.#begun.push(bytes);
    this.#begunBytes += bytes.length;
    if (this.#begunBytes <= MAX_OBJECT_BYTES) return;
    throw new RefusedFile({
      code: "field_too_long",
      line: this.openSince!,
      expected: `an object a reading, of at most ${MAX_OBJECT_BYTES} bytes; objects of whole columns are not read`,
    });
  }

  #parsed(end: Uint8Array): JsonObject {
    this.#keep(Buffer.from(end.buffer, end.byteOffset, end.byteLength));
    const text = Buffer.concat(this.#begun).toString("utf8");
    const line = this.openSince!;
    this.#begun = [];
    this.#begunBytes = 0;
    this.openSince = null;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new RefusedFile({ code: "damaged_file", line, value: text, expected: "a whole JSON object" });
    }
    const members = new Map<string, string | number>();
    flatten(value as object, "", 0, members);
    return { line, members };
  }

  /** What stands outside of objects: blanks, commas, and the list's own brackets. */
  #between(byte: number): void {
    if (byte === SPACE || byte === TAB || byte === LINE_FEED || byte === RETURN || byte === COMMA) return;
    // A byte order mark, at the beginning only.
    if (this.#inList === null && (byte === 0xef || byte === 0xbb || byte === 0xbf)) return;
    if (byte === OPEN_LIST && this.#inList === null) {
      this.#inList = true;
      return;
    }
    if (byte === CLOSE_LIST && this.#inList && !this.#listEnded) {
      this.#listEnded = true;
      return;
    }
    throw new RefusedFile({
      code: "damaged_file",
      line: this.#line,
      value: String.fromCharCode(byte),
      expected: "objects only: one a line, or all of them in one list",
    });
  }
}

const MAX_DEPTH = 4;

/** Members of members get names joined by a point: `{"mag": {"x": 1}}` is `mag.x`. */
function flatten(value: object, prefix: string, depth: number, into: Map<string, string | number>): void {
  for (const [key, member] of Object.entries(value)) {
    const name = prefix + key;
    if (typeof member === "number" || typeof member === "string") into.set(name, member);
    else if (typeof member === "boolean") into.set(name, member ? 1 : 0);
    else if (typeof member === "object" && member !== null && depth < MAX_DEPTH) {
      flatten(member as object, `${name}.`, depth + 1, into);
    }
  }
}
