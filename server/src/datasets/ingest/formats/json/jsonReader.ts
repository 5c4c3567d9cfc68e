import { RefusedFile } from "../../findings.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { QualityNote } from "../../types.ts";
import type { FormatInput, FormatReader } from "../formatReader.ts";
import { openRewritten, quotedCell } from "../rewrittenText.ts";
import { type JsonObject, jsonObjects } from "./jsonObjects.ts";

/** Objects whose members are the columns. What only later ones have is left out, and said. */
const HEAD_OBJECTS = 200;

/** One object a reading, one after the other. Source: https://jsonlines.org and RFC 8259. */
export const jsonLines: FormatReader = {
  format: "json_lines",
  claims: (head) => /^\s*\{\s*"/.test(start(head)),
  open: (input) => openObjects(input, "json_lines"),
};

/** A list of objects. Source: RFC 8259. */
export const jsonList: FormatReader = {
  format: "json",
  claims: (head) => /^\s*\[\s*\{/.test(start(head)),
  open: (input) => openObjects(input, "json"),
};

function start(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, 1000))
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "");
}

async function openObjects(
  { bytes, reopen, likelyBytes, request }: FormatInput,
  format: "json" | "json_lines",
): Promise<TableInput> {
  const notes: QualityNote[] = [];
  const head: JsonObject[] = [];
  for await (const objects of jsonObjects(reopen(), () => undefined)) {
    for (const object of objects) head.push(object);
    if (head.length >= HEAD_OBJECTS) break;
  }
  if (head.length === 0) {
    throw new RefusedFile({ code: "no_rows", expected: "at least one whole object with a reading" });
  }
  const names = [...new Set(head.slice(0, HEAD_OBJECTS).flatMap(({ members }) => [...members.keys()]))];
  if (names.length === 0) {
    const expected = "objects with members that are numbers or text; what lies many lists deep is not read";
    throw new RefusedFile({ code: "no_rows", line: head[0]!.line, expected });
  }
  if (names.length > request.limits.maxColumns) {
    throw new RefusedFile({
      code: "too_many_columns",
      value: `${names.length} members`,
      expected: `objects of at most ${request.limits.maxColumns} members in all`,
    });
  }
  let read = false;
  const text = (): AsyncIterable<Uint8Array> => {
    // The first to ask reads the file; whoever asks again only looks something up.
    const own = read ? [] : notes;
    const from = read ? reopen() : bytes;
    read = true;
    const objects = jsonObjects(from, (line) => {
      const message = "The last object was cut off in the middle and left out.";
      own.push({ code: "last_line_cut", message, first_lines: [line] });
    });
    return asText(names, objects, own);
  };
  return openRewritten({ format, text, linesAdded: 1, likelyBytes, notes }, request);
}

/** One line for the names, then each object on the line below its own. */
async function* asText(
  names: readonly string[],
  batches: AsyncIterable<JsonObject[]>,
  notes: QualityNote[],
): AsyncGenerator<Uint8Array> {
  const known = new Set(names);
  const late = new Set<string>();
  let line = 1;
  const written = (objects: readonly JsonObject[]): Uint8Array => {
    const lines: string[] = [];
    for (const object of objects) {
      if (object.line >= line) lines.push("\n".repeat(object.line - line));
      line = Math.max(line, object.line) + 1;
      lines.push(`${names.map((name) => cellOf(object.members.get(name))).join(",")}\n`);
      for (const name of object.members.keys()) {
        if (known.has(name) || late.has(name) || late.size >= 100) continue;
        late.add(name);
        const message = `"${name.slice(0, 60)}" first appears on line ${object.line} and was left out.`;
        notes.push({ code: "late_column", column: name.slice(0, 60), message, first_lines: [object.line] });
      }
    }
    return Buffer.from(lines.join(""));
  };
  yield Buffer.from(`${names.map(quotedCell).join(",")}\n`);
  for await (const objects of batches) yield written(objects);
}

function cellOf(value: string | number | undefined): string {
  if (value === undefined) return "";
  return typeof value === "number" ? String(value) : quotedCell(value);
}
