import { scannedTime, scanTime, type TimeReading } from "../../cells/parseTime.ts";
import { RefusedFile } from "../../findings.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { QualityNote } from "../../types.ts";
import type { FormatInput, FormatReader } from "../formatReader.ts";
import { openRewritten, quotedCell } from "../rewrittenText.ts";
import { type FormatRow, openRowTable } from "../rowTable.ts";
import { type TextLine, textLines } from "../textLines.ts";
import { csvCells } from "./csvLine.ts";
import { TaggedFields } from "./fieldSeries.ts";

const TIME: TimeReading = { form: "datetime", usPerUnit: 1, zone: true };
const POINT = 46;
/** What Flux adds to every table, and no reading. */
const FLUX_COLUMNS = ["", "result", "table", "_start", "_stop"];
const NOT_READ = [...FLUX_COLUMNS, "_measurement"];
const NUMBER_TYPES = ["double", "long", "unsignedLong"];
/** Some 20 bytes each. */
const MAX_VALUES = 10_000_000;
const MAX_TAG_SETS = 1000;
const LONGEST_NAME = 200;

/**
 * InfluxDB's annotated CSV: `#group`, `#datatype`, `#default`, then a header and rows; several such tables in a file,
 * blank lines between them. A query without `pivot()` has one line a value, named by `_field`.
 * Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/
 */
export const influxCsv: FormatReader = {
  format: "influx_csv",
  claims: (head) =>
    /^(\xef\xbb\xbf)?#(group|datatype|default),/.test(Buffer.from(head.subarray(0, 20)).toString("latin1")),
  open,
};

async function open(input: FormatInput): Promise<TableInput> {
  const batches = textLines(input.bytes, "utf8");
  const head: TextLine[] = [];
  let header: readonly string[] | null = null;
  while (header === null) {
    const next = await batches.next();
    if (next.done)
      throw new RefusedFile({ code: "header_missing", expected: "column names below the annotations" });
    for (const line of next.value) head.push(line);
    const named = head.find(({ text }) => text.trim() !== "" && !text.startsWith("#"));
    if (named !== undefined) header = csvCells(named.text);
  }
  async function* lines(): AsyncGenerator<TextLine[]> {
    yield head;
    yield* batches;
  }
  if (header.includes("_field") && header.includes("_value")) return openLong(lines(), input);
  const { request, reopen, likelyBytes } = input;
  let next: AsyncIterable<TextLine[]> | null = lines();
  const text = (): AsyncIterable<Uint8Array> => {
    const from = next ?? textLines(reopen(), "utf8");
    next = null;
    return pivotedText(from);
  };
  return openRewritten({ format: "influx_csv", text, linesAdded: 0, likelyBytes, notes: [] }, request);
}

/** A pivoted table has a row a reading already: only what Flux added goes. */
async function* pivotedText(lines: AsyncIterable<TextLine[]>): AsyncGenerator<Uint8Array> {
  let kept: number[] | null = null;
  let names = "";
  for await (const some of lines) {
    const written = some.map(({ text, line }) => {
      if (text.trim() === "" || text.startsWith("#")) return "\n";
      const cells = csvCells(text);
      if (kept !== null && !cells.includes("_time")) {
        return `${kept.map((i) => quotedCell(cells[i] ?? "")).join(",")}\n`;
      }
      kept = cells.flatMap((name, i) => (NOT_READ.includes(name) ? [] : [i]));
      const joined = kept.map((i) => quotedCell(cells[i])).join(",");
      if (names !== "" && names !== joined) {
        const expected = "the same columns in every table";
        throw new RefusedFile({ code: "not_supported", line, value: text, expected });
      }
      const isFirst = names === "";
      names = joined;
      return isFirst ? `${joined}\n` : "\n";
    });
    yield Buffer.from(written.join(""));
  }
}

async function openLong(lines: AsyncIterable<TextLine[]>, { request }: FormatInput): Promise<TableInput> {
  const tables = new LongTables();
  for await (const some of lines) {
    request.signal?.throwIfAborted();
    for (const line of some) tables.add(line);
  }
  const fields = tables.fields;
  if (fields.length === 0) {
    throw new RefusedFile({
      code: "no_rows",
      expected: "at least one row with _time, _field and a number in _value",
    });
  }
  async function* rows(): AsyncGenerator<FormatRow[]> {
    for (const [tagged, sensor] of tables.named()) yield* tagged.rows(fields, sensor);
  }
  return openRowTable(
    {
      format: "influx_csv",
      header: ["_time", ...fields, "sensor_id"],
      textColumns: [fields.length + 1],
      time: TIME,
      isText: true,
      rows: rows(),
      notes: tables.notes,
    },
    request,
  );
}

/** Values of all tables of a file, by their tags and fields. */
class LongTables {
  readonly #sets = new Map<string, TaggedFields>();
  readonly #textFields = new Set<string>();
  #types: readonly string[] = [];
  #columns: { time: number; field: number; value: number; tags: readonly number[] } | null = null;
  #width = 0;
  #values = 0;
  #inAnnotations = true;

  get fields(): readonly string[] {
    return [...new Set([...this.#sets.values()].flatMap((set) => set.names))];
  }

  get notes(): QualityNote[] {
    const notes = [...this.#textFields].map((name): QualityNote => {
      return {
        code: "text_column_ignored",
        column: name,
        message: `Field "${name}" holds no numbers and was left out.`,
      };
    });
    if ([...this.#sets.values()].some((set) => !set.ascending)) {
      notes.push({
        code: "sorted_by_time",
        message: "Rows were not in the order of time and were put in it.",
      });
    }
    return notes;
  }

  /** Sets of tags, each with the name its rows have. */
  *named(): Generator<[TaggedFields, string]> {
    for (const set of this.#sets.values()) yield [set, set.tags.filter((tag) => tag !== "").join(" ")];
  }

  add({ line, text, open }: TextLine): void {
    if (text.trim() === "") {
      this.#inAnnotations = true;
      return;
    }
    const cells = csvCells(text);
    if (text.startsWith("#")) {
      this.#inAnnotations = true;
      if (cells[0] === "#datatype") this.#types = cells;
      return;
    }
    if (this.#inAnnotations) this.#readHeader(cells, line);
    else if (open && cells.length < this.#width) return;
    else this.#readRow(cells, line);
  }

  #readHeader(cells: readonly string[], line: number): void {
    const [time, field, value] = ["_time", "_field", "_value"].map((name) => cells.indexOf(name));
    if (time < 0 || field < 0 || value < 0) {
      const expected = "the columns _time, _field and _value in every table";
      throw new RefusedFile({ code: "column_missing", line, value: cells.join(","), expected });
    }
    const known = [...FLUX_COLUMNS, "_time", "_field", "_value", "_measurement"];
    const tags = cells.flatMap((name, i) => (known.includes(name) ? [] : [i]));
    this.#columns = { time, field, value, tags };
    this.#width = cells.length;
    this.#inAnnotations = false;
  }

  #readRow(cells: readonly string[], line: number): void {
    const { time, field, value, tags } = this.#columns!;
    if (cells.length !== this.#width) {
      const expected = `${this.#width} cells, as in the header`;
      throw new RefusedFile({ code: "row_width", line, value: cells.join(","), expected });
    }
    const name = cells[field].slice(0, LONGEST_NAME);
    const type = this.#types[value];
    if (type !== undefined && !NUMBER_TYPES.includes(type)) {
      if (this.#textFields.size < 100) this.#textFields.add(name);
      return;
    }
    const number = cells[value].trim() === "" ? Number.NaN : Number(cells[value]);
    if (!Number.isFinite(number) && !/^(|[+-]?inf|nan)$/i.test(cells[value].trim())) {
      throw new RefusedFile({
        code: "not_a_number",
        line,
        column: name,
        value: cells[value],
        expected: "a number",
      });
    }
    if (++this.#values > MAX_VALUES) {
      const expected = `at most ${MAX_VALUES} values in a file with one a line; pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") makes a file without this limit`;
      throw new RefusedFile({ code: "not_supported", line, expected });
    }
    this.#setOf(cells, tags, line).add(name, timeOf(cells[time], line), number, line);
  }

  #setOf(cells: readonly string[], tags: readonly number[], line: number): TaggedFields {
    const values = tags.map((i) => cells[i].slice(0, LONGEST_NAME));
    const key = JSON.stringify(values);
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new TaggedFields(values);
      this.#sets.set(key, set);
      if (this.#sets.size > MAX_TAG_SETS) {
        const expected = `at most ${MAX_TAG_SETS} sets of tags`;
        throw new RefusedFile({ code: "too_many_sensors", line, expected });
      }
    }
    return set;
  }
}

function timeOf(text: string, line: number): number {
  const bytes = Buffer.from(text.slice(0, 100));
  const us = scanTime(bytes, 0, bytes.length, TIME, POINT, false);
  if (!Number.isNaN(us) && scannedTime() === bytes.length) return us;
  throw new RefusedFile({ code: "not_a_time", line, column: "_time", value: text, expected: "RFC 3339" });
}
