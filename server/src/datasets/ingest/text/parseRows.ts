import { describeReading } from "../cells/describeReading.ts";
import { isMissing, scanNumber, scannedTo } from "../cells/parseNumber.ts";
import { readingOf, scannedTime, scanTime } from "../cells/parseTime.ts";
import type { FindingInput } from "../findings.ts";
import type { CellCount, RowBlock } from "./rowBlock.ts";
import { FIRST_VALUE, IGNORED, type RowPlan, SENSOR, TIME } from "./rowPlan.ts";
import { countLines, isCommentByte } from "./splitRecords.ts";
import { textFault } from "./textEncoding.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const QUOTE = 34;
const COMMA = 44;

const FINDINGS_KEPT = 100;
const PLACES_KEPT = 10;
const MAX_SENSOR_CHARACTERS = 200;

/**
 * Reads whole records of delimited text into columns.
 *
 * @param bytes UTF-8, beginning and ending between records.
 * @param offset Where `bytes` begins in the file, for findings.
 * Cost O(bytes): some 50 ns a cell. Never throws for what is in the bytes.
 */
export function parseRows(bytes: Uint8Array, plan: RowPlan, offset: number): RowBlock {
  const fault = textFault(bytes, offset);
  return new RowParser(bytes, plan).parse(fault);
}

class RowParser {
  readonly #bytes: Uint8Array;
  readonly #plan: RowPlan;
  readonly #findings: FindingInput[] = [];
  #totalFindings = 0;
  #line = 0;
  #timeUs: Float64Array;
  #values: Float64Array[];
  #sensors: Int32Array | null;
  #lines: Int32Array;
  #capacity: number;
  readonly #sensorCodes = new Map<string, number>();
  readonly #missing: CellCount[];
  readonly #notNumbers: CellCount[];
  /** The sensor cell before: rows of one sensor follow each other, and comparing is cheaper than decoding. */
  #sensorFrom = 0;
  #sensorTo = 0;
  #sensorCode = -1;

  constructor(bytes: Uint8Array, plan: RowPlan) {
    this.#bytes = bytes;
    this.#plan = plan;
    this.#capacity = 1024;
    const { factors } = plan;
    this.#timeUs = new Float64Array(this.#capacity);
    this.#values = factors.map(() => new Float64Array(this.#capacity));
    this.#sensors = plan.roles.includes(SENSOR) ? new Int32Array(this.#capacity) : null;
    this.#lines = new Int32Array(this.#capacity);
    this.#missing = factors.map(() => ({ count: 0, lines: [] }));
    this.#notNumbers = factors.map(() => ({ count: 0, lines: [] }));
  }

  parse(fault: (FindingInput & { readonly at: number }) | null): RowBlock {
    let rows = 0;
    if (fault !== null) {
      const { at, ...finding } = fault;
      this.#find({ ...finding, line: countLines(this.#bytes, at) + 1 });
      this.#line = countLines(this.#bytes, this.#bytes.length);
    } else rows = this.#parseAll();
    return {
      rows,
      timeUs: this.#timeUs,
      values: this.#values,
      sensors: this.#sensors,
      sensorNames: [...this.#sensorCodes.keys()],
      lines: this.#lines,
      lineCount: this.#line,
      missing: this.#missing,
      notNumbers: this.#notNumbers,
      findings: this.#findings,
      totalFindings: this.#totalFindings,
    };
  }

  #parseAll(): number {
    const bytes = this.#bytes;
    let rows = 0;
    for (let at = 0; at < bytes.length; ) {
      const byte = bytes[at];
      if (byte === LF || byte === CR) {
        at = this.#lineEnd(at);
        continue;
      }
      if (isCommentByte(byte) || this.#isBlank(at)) {
        at = this.#lineEnd(this.#restOfLine(at));
        continue;
      }
      if (rows === this.#capacity) this.#grow(at);
      this.#lines[rows] = this.#line;
      const end = this.#parseRow(at, rows);
      rows++;
      at = this.#lineEnd(end);
    }
    return rows;
  }

  /** Reads the record at `at` into row `row`; returns where it ends, before its line end. */
  #parseRow(start: number, row: number): number {
    const bytes = this.#bytes;
    const length = bytes.length;
    const { roles, delimiter, decimal, factors, maxFieldBytes, time } = this.#plan;
    const columns = roles.length;
    let at = start;
    for (let column = 0; ; column++) {
      const from = at;
      const role = column < columns ? roles[column] : IGNORED;
      while (at < length && bytes[at] === SPACE) at++;
      let done = false;
      if (role >= FIRST_VALUE) {
        const slot = role - FIRST_VALUE;
        const value = scanNumber(bytes, at, length, decimal);
        const next = this.#afterSpaces(scannedTo());
        const byte = next < length ? bytes[next] : LF;
        if (byte === delimiter || byte === LF || byte === CR) {
          if (next === at) this.#count(this.#missing[slot]);
          // A number that is not finite needs its fault; no number at all is a missing value only if nothing is there.
          if (next === at || Number.isFinite(value)) {
            this.#values[slot][row] = value * factors[slot];
            at = next;
            done = true;
          }
        }
      } else if (role === TIME) {
        const us = scanTime(bytes, at, length, time, decimal, delimiter !== COMMA);
        const next = this.#afterSpaces(scannedTime());
        const byte = next < length ? bytes[next] : LF;
        if (!Number.isNaN(us) && (byte === delimiter || byte === LF || byte === CR)) {
          this.#timeUs[row] = us;
          at = next;
          done = true;
        }
      }
      if (!done) {
        at = this.#fieldEnd(from, delimiter);
        if (at - from > maxFieldBytes) this.#tooLong(from, at, column);
        else this.#slowCell(from, at, column, role, row);
      } else if (at - from > maxFieldBytes) this.#tooLong(from, at, column);
      if (at < length && bytes[at] === delimiter) {
        at++;
        continue;
      }
      if (column + 1 !== columns) this.#width(start, at, column + 1);
      return at;
    }
  }

  #afterSpaces(at: number): number {
    let next = at;
    while (this.#bytes[next] === SPACE) next++;
    return next;
  }

  /** Where the field at `from` ends: at a delimiter, a line end, or the end; quotes are minded. */
  #fieldEnd(from: number, delimiter: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < bytes.length && bytes[at] === SPACE) at++;
    if (bytes[at] === QUOTE) {
      const close = this.#closingQuote(at);
      if (close < 0) {
        this.#find({
          code: "unclosed_quote",
          line: this.#line + 1,
          value: this.#text(from, Math.min(from + 200, bytes.length)),
          expected: "a closing quote",
        });
        return bytes.length;
      }
      at = close;
    }
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === delimiter || byte === LF || byte === CR) break;
    }
    return at;
  }

  /** Behind the quote that closes the one at `open`, counting the lines between; −1 where none does. */
  #closingQuote(open: number): number {
    const bytes = this.#bytes;
    for (let at = open + 1; at < bytes.length; at++) {
      if (bytes[at] !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE) {
        this.#line += countLines(bytes.subarray(open, at), at - open);
        return at + 1;
      }
      at++;
    }
    return -1;
  }

  /** A cell that is not a plain number or time: quoted, padded, missing, text, or wrong. */
  #slowCell(from: number, to: number, column: number, role: number, row: number): void {
    if (role === IGNORED) return;
    if (role === SENSOR) {
      this.#sensors![row] = this.#sensorOf(from, to, column);
      return;
    }
    const text = unquoted(this.#text(from, to));
    if (text === null) {
      this.#fault("not_a_number", from, to, column, "a quoted cell that ends at its closing quote");
      return;
    }
    const cell = Buffer.from(text);
    if (role === TIME) this.#slowTime(cell, text, from, to, column, row);
    else this.#slowValue(cell, text, from, to, column, role - FIRST_VALUE, row);
  }

  #slowTime(cell: Uint8Array, text: string, from: number, to: number, column: number, row: number): void {
    const { time, decimal } = this.#plan;
    const us = scanTime(cell, 0, cell.length, time, decimal, true);
    this.#timeUs[row] = us;
    if (!Number.isNaN(us) && scannedTime() === cell.length) return;
    const other = readingOf(text, decimal, null);
    const expected = `${describeReading(time)}, as in the first row`;
    this.#fault(other === null ? "not_a_time" : "mixed_time", from, to, column, expected);
  }

  #slowValue(
    cell: Uint8Array,
    text: string,
    from: number,
    to: number,
    column: number,
    slot: number,
    row: number,
  ): void {
    const { decimal, factors, extra } = this.#plan;
    const value = scanNumber(cell, 0, cell.length, decimal);
    const whole = cell.length > 0 && scannedTo() === cell.length && Number.isFinite(value);
    this.#values[slot][row] = whole ? value * factors[slot] : Number.NaN;
    if (whole) return;
    if (isMissing(text)) this.#count(this.#missing[slot]);
    else if (extra[slot]) this.#count(this.#notNumbers[slot]);
    else {
      const sign = decimal === COMMA ? " with a decimal comma" : "";
      this.#fault(
        "not_a_number",
        from,
        to,
        column,
        `a finite number${sign}, or nothing where there is no value`,
      );
    }
  }

  #sensorOf(from: number, to: number, column: number): number {
    if (this.#sensorCode >= 0 && this.#sameAsBefore(from, to)) return this.#sensorCode;
    const name = unquoted(this.#text(from, to)) ?? "";
    if (name.length > MAX_SENSOR_CHARACTERS) {
      this.#fault(
        "field_too_long",
        from,
        to,
        column,
        `a sensor's name of at most ${MAX_SENSOR_CHARACTERS} characters`,
      );
      return 0;
    }
    const code = this.#sensorCodes.get(name) ?? this.#sensorCodes.size;
    this.#sensorCodes.set(name, code);
    this.#sensorFrom = from;
    this.#sensorTo = to;
    this.#sensorCode = code;
    return code;
  }

  #sameAsBefore(from: number, to: number): boolean {
    const bytes = this.#bytes;
    const shift = from - this.#sensorFrom;
    if (to - shift !== this.#sensorTo) return false;
    for (let i = from; i < to; i++) if (bytes[i] !== bytes[i - shift]) return false;
    return true;
  }

  #tooLong(from: number, to: number, column: number): void {
    const expected = `cells of at most ${this.#plan.maxFieldBytes} bytes; this one has ${to - from}`;
    this.#fault("field_too_long", from, Math.min(to, from + 200), column, expected);
  }

  /** Too many cells or too few; empty ones behind the last column are let pass. */
  #width(start: number, end: number, cells: number): void {
    const { roles, delimiter } = this.#plan;
    const bytes = this.#bytes;
    if (cells > roles.length) {
      let at = end;
      let surplus = cells - roles.length;
      while (surplus > 0 && at > start && (bytes[at - 1] === delimiter || bytes[at - 1] === SPACE)) {
        if (bytes[--at] === delimiter) surplus--;
      }
      if (surplus === 0) return;
    }
    this.#find({
      code: "row_width",
      line: this.#line + 1,
      value: this.#text(start, Math.min(end, start + 400)),
      expected: `${roles.length} cells, as the header has; this row has ${cells}`,
    });
  }

  #fault(code: FindingInput["code"], from: number, to: number, column: number, expected: string): void {
    const value = this.#text(from, Math.min(to, from + 400));
    const name = this.#plan.names[column];
    this.#find({
      code,
      line: this.#line + 1,
      value,
      expected,
      ...(name === undefined ? {} : { column: name }),
    });
  }

  #find(finding: FindingInput): void {
    this.#totalFindings++;
    if (this.#findings.length < FINDINGS_KEPT) this.#findings.push(finding);
  }

  #count(cells: CellCount): void {
    cells.count++;
    if (cells.lines.length < PLACES_KEPT) cells.lines.push(this.#line);
  }

  #text(from: number, to: number): string {
    const bytes = this.#bytes;
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("utf8");
  }

  /** Nothing but spaces and delimiters: spreadsheets leave such rows behind the last one. */
  #isBlank(start: number): boolean {
    const bytes = this.#bytes;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === LF || byte === CR) return true;
      if (byte !== SPACE && byte !== TAB && byte !== this.#plan.delimiter) return false;
    }
    return true;
  }

  #restOfLine(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
    return at;
  }

  /** Behind the line end at `at`, if there is one: CR … CR LF, LF, or CR. */
  #lineEnd(at: number): number {
    const bytes = this.#bytes;
    if (at >= bytes.length) return at;
    this.#line++;
    if (bytes[at] === LF) return at + 1;
    let end = at;
    while (bytes[end] === CR) end++;
    return bytes[end] === LF ? end + 1 : at + 1;
  }

  /** Makes room for as many rows as the bytes left will have, going by those read. */
  #grow(at: number): void {
    const capacity = Math.ceil((this.#capacity * this.#bytes.length * 1.05) / at) + 16;
    const larger = (values: Float64Array): Float64Array => {
      const array = new Float64Array(capacity);
      array.set(values);
      return array;
    };
    this.#timeUs = larger(this.#timeUs);
    this.#values = this.#values.map(larger);
    const lines = new Int32Array(capacity);
    lines.set(this.#lines);
    this.#lines = lines;
    if (this.#sensors !== null) {
      const sensors = new Int32Array(capacity);
      sensors.set(this.#sensors);
      this.#sensors = sensors;
    }
    this.#capacity = capacity;
  }
}

/** A cell's text without outer spaces and quotes; null where something stands behind the closing quote. */
function unquoted(cell: string): string | null {
  const text = cell.trim();
  if (!text.startsWith('"')) return text;
  const inner = text.slice(1, -1);
  if (text.length < 2 || !text.endsWith('"') || inner.replaceAll('""', "").includes('"')) return null;
  return inner.replaceAll('""', '"').trim();
}
