import { describeReading } from "../cells/describeReading.ts";
import { plainNumber } from "../cells/looseNumber.ts";
import { isMissing, scanNumber, scannedTo } from "../cells/parseNumber.ts";
import { readingOf, scannedTime, scanTime } from "../cells/parseTime.ts";
import type { FindingInput } from "../findings.ts";
import { unquoted } from "./cellText.ts";
import { isBlankRow, isRepeated, restOfLine } from "./lineShape.ts";
import type { CellCount, RowBlock } from "./rowBlock.ts";
import { countCell, RowNotes } from "./rowNotes.ts";
import { RowParts } from "./rowParts.ts";
import { FIRST_VALUE, IGNORED, LABEL, type RowPlan, SENSOR, TIME } from "./rowPlan.ts";
import { type RowMemory, RowStore } from "./rowStore.ts";
import { SensorNames } from "./sensorNames.ts";
import { countLines, isCommentByte } from "./splitRecords.ts";
import { textFault } from "./textEncoding.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;

/**
 * Reads whole records of delimited text into columns.
 *
 * @param bytes UTF-8, beginning and ending between records.
 * @param offset Where `bytes` begins in the file, for findings.
 * @param memory Arrays of a block that is done with, to be filled again.
 * Cost O(bytes): some 50 ns a cell. Never throws for what is in the bytes.
 */
export function parseRows(
  bytes: Uint8Array,
  plan: RowPlan,
  offset: number,
  memory: RowMemory | null = null,
): RowBlock {
  const fault = textFault(bytes, offset);
  return new RowParser(bytes, plan, memory).parse(fault);
}

class RowParser {
  readonly #bytes: Uint8Array;
  readonly #plan: RowPlan;
  readonly #store: RowStore;
  readonly #notes: RowNotes;
  readonly #sensors: SensorNames;
  /** null where one column is the time. */
  readonly #parts: RowParts | null;
  readonly #labels: SensorNames;
  readonly #repeatStarts = new Uint8Array(256);
  readonly #repeated: CellCount = { count: 0, lines: [] };
  #line = 0;

  constructor(bytes: Uint8Array, plan: RowPlan, memory: RowMemory | null) {
    this.#bytes = bytes;
    this.#plan = plan;
    for (const [first] of plan.repeats) this.#repeatStarts[first] = 1;
    this.#store = new RowStore(plan, memory);
    this.#notes = new RowNotes(bytes, plan);
    this.#parts = plan.time.parts === undefined ? null : new RowParts(plan, this.#notes);
    this.#sensors = new SensorNames(bytes, this.#notes, "sensor");
    this.#labels = new SensorNames(bytes, this.#notes, "label");
  }

  parse(fault: (FindingInput & { readonly at: number }) | null): RowBlock {
    let rows = 0;
    if (fault !== null) {
      const { at, ...finding } = fault;
      this.#notes.find({ ...finding, line: countLines(this.#bytes, at) + 1 });
      this.#line = countLines(this.#bytes, this.#bytes.length);
    } else rows = this.#parseAll();
    const { missing, notNumbers, findings, totalFindings } = this.#notes;
    return {
      ...this.#store.arrays,
      rows,
      sensorNames: this.#sensors.names,
      labelNames: this.#labels.names,
      lineCount: this.#line,
      missing,
      notNumbers,
      repeatedHeaders: this.#repeated,
      findings,
      totalFindings,
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
      if (isCommentByte(byte) || isBlankRow(bytes, at, this.#plan.delimiter)) {
        at = this.#lineEnd(restOfLine(this.#bytes, at));
        continue;
      }
      if (this.#repeatStarts[byte] !== 0 && isRepeated(this.#bytes, at, this.#plan.repeats)) {
        countCell(this.#repeated, this.#line);
        at = this.#lineEnd(restOfLine(this.#bytes, at));
        continue;
      }
      if (rows === this.#store.capacity) this.#grow(at);
      this.#store.arrays.lines[rows] = this.#line;
      const end = this.#parseRow(at, rows);
      this.#parts?.combineInto(this.#store.arrays.timeUs, rows, { from: at, to: end }, this.#line);
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
    const { timeUs, values } = this.#store.arrays;
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
          if (next === at) countCell(this.#notes.missing[slot], this.#line);
          // A number that is not finite needs its fault; no number at all is a missing value only if nothing is there.
          if (next === at || Number.isFinite(value)) {
            values[slot][row] = value * factors[slot];
            at = next;
            done = true;
          }
        }
      } else if (role === TIME) {
        const us = scanTime(bytes, at, length, time, decimal, delimiter !== COMMA);
        const next = this.#afterSpaces(scannedTime());
        const byte = next < length ? bytes[next] : LF;
        if (!Number.isNaN(us) && (byte === delimiter || byte === LF || byte === CR)) {
          timeUs[row] = us;
          at = next;
          done = true;
        }
      } else if (role < 0) {
        const next = this.#afterSpaces(this.#parts!.scan(bytes, at, -1 - role));
        const byte = next < length ? bytes[next] : LF;
        if (next > at && (byte === delimiter || byte === LF || byte === CR)) {
          at = next;
          done = true;
        }
      }
      if (!done) {
        at = this.#fieldEnd(from, delimiter);
        if (at - from > maxFieldBytes) this.#notes.tooLong({ from, to: at }, this.#line, column);
        else this.#slowCell(from, at, column, role, row);
      } else if (at - from > maxFieldBytes) this.#notes.tooLong({ from, to: at }, this.#line, column);
      if (at < length && bytes[at] === delimiter) {
        at++;
        continue;
      }
      if (column + 1 !== columns) this.#notes.width({ from: start, to: at }, this.#line, column + 1);
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
        this.#notes.find({
          code: "unclosed_quote",
          line: this.#line + 1,
          value: this.#notes.text(from, Math.min(from + 200, bytes.length)),
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
      this.#store.arrays.sensors![row] = this.#sensors.codeOf(from, to, this.#line, column);
      return;
    }
    if (role === LABEL) {
      this.#store.arrays.labels![row] = this.#labels.codeOf(from, to, this.#line, column);
      return;
    }
    const text = unquoted(this.#notes.text(from, to));
    if (text === null) {
      this.#fault("not_a_number", from, to, column, "a quoted cell that ends at its closing quote");
      return;
    }
    const cell = Buffer.from(text);
    if (role === TIME) this.#slowTime(cell, text, from, to, column, row);
    else if (role < 0) this.#parts?.slow(cell, { from, to }, { line: this.#line, column });
    else this.#slowValue(cell, text, from, to, column, role - FIRST_VALUE, row);
  }

  #slowTime(cell: Uint8Array, text: string, from: number, to: number, column: number, row: number): void {
    const { time, decimal } = this.#plan;
    const us = scanTime(cell, 0, cell.length, time, decimal, true);
    this.#store.arrays.timeUs[row] = us;
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
    const { decimal, factors, extra, cellUnits } = this.#plan;
    let value = scanNumber(cell, 0, cell.length, decimal);
    let whole = cell.length > 0 && scannedTo() === cell.length && Number.isFinite(value);
    const plain = whole ? null : plainNumber(text, cellUnits[slot], this.#plan);
    if (plain !== null) {
      value = scanNumber(plain, 0, plain.length, decimal);
      whole = plain.length > 0 && scannedTo() === plain.length && Number.isFinite(value);
    }
    this.#store.arrays.values[slot][row] = whole ? value * factors[slot] : Number.NaN;
    if (whole) return;
    if (isMissing(text)) countCell(this.#notes.missing[slot], this.#line);
    else if (extra[slot]) countCell(this.#notes.notNumbers[slot], this.#line);
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

  #fault(code: FindingInput["code"], from: number, to: number, column: number, expected: string): void {
    this.#notes.fault(code, { from, to }, { line: this.#line, column, expected });
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
    const { capacity } = this.#store;
    this.#store.grow(Math.ceil((capacity * this.#bytes.length * 1.05) / at) + 16);
  }
}
