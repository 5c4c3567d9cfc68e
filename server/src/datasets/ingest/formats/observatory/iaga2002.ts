import { scannedTime, scanTime, type TimeReading } from "../../cells/parseTime.ts";
import type { Cell } from "../../columnBlocks.ts";
import { RefusedFile } from "../../findings.ts";
import type { QualityNote } from "../../types.ts";
import type { FormatReader } from "../formatReader.ts";
import type { FormatRow } from "../rowTable.ts";
import type { TextLine } from "../textLines.ts";
import { type ElementColumns, elementColumns } from "./elements.ts";
import { observatoryValue } from "./fixedValues.ts";
import { type ObservatoryLines, openObservatory } from "./openObservatory.ts";

const DATE_TIME: TimeReading = { form: "datetime", usPerUnit: 1, zone: false };
const POINT = 46;
/** Date, time, day of year. */
const LEADING_WORDS = 3;
const MAX_HEADER_LINES = 1000;

/**
 * IAGA-2002, the exchange format of observatories: lines of `key value|`, comments of `# …|`, a line of column names,
 * then date, time, day of year and up to four elements.
 * Source: IAGA Division V-DAT, "IAGA-2002 Data Exchange Format",
 * https://www.ncei.noaa.gov/services/world-data-system/v-dat-working-group/iaga-2002-data-exchange-format
 */
export const iaga2002: FormatReader = {
  format: "iaga_2002",
  claims: (head) => /^(\ufeff|\u00ef\u00bb\u00bf)?\s*Format\s+IAGA-?2002/i.test(latin(head)),
  open: (input) =>
    openObservatory(new ObservatoryFile(), input, {
      format: "iaga_2002",
      headless: {
        code: "header_missing",
        expected: "a line DATE TIME DOY and the names of the elements below the header",
      },
    }),
};

function latin(head: Uint8Array): string {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 200)).toString("latin1");
}

/** What has been read of a file; days put one behind the other each bring their header. */
class ObservatoryFile implements ObservatoryLines {
  readonly #fields = new Map<string, string>();
  #elements: string | null = null;
  #inHeader = true;
  #rowLength = 0;
  columns: ElementColumns | null = null;
  readonly notes: QualityNote[] = [];

  rowsOf(lines: readonly TextLine[]): FormatRow[] {
    const rows: FormatRow[] = [];
    for (const line of lines) {
      const text = line.text.trimEnd();
      if (text === "" || text === "\u001a") continue;
      if (text.endsWith("|") || (this.#inHeader && !/^\d{4}-/.test(text))) this.#readHeader(line);
      else {
        const row = this.#readRow(line, text);
        if (row !== null) rows.push(row);
      }
    }
    return rows;
  }

  #readHeader({ line, text }: TextLine): void {
    if (this.columns === null && line > MAX_HEADER_LINES) {
      throw new RefusedFile({
        code: "header_missing",
        line,
        expected: "a line DATE TIME DOY above the rows",
      });
    }
    this.#inHeader = true;
    const plain = text.replace(/^\u00ef\u00bb\u00bf/, "").replace(/\|\s*$/, "");
    if (/^\s*DATE\s/i.test(plain)) {
      this.#readNames(line, plain);
      return;
    }
    const base = /^\s*#\s*DECBAS\s+(-?\d+)/i.exec(plain);
    if (base !== null) this.#fields.set("decbas", base[1]);
    if (!plain.startsWith(" ") || /^\s*#/.test(plain)) return;
    this.#fields.set(plain.slice(1, 24).trim().toLowerCase(), plain.slice(24).trim());
  }

  #readNames(line: number, text: string): void {
    const names = text.trim().split(/\s+/).slice(LEADING_WORDS);
    // A name is the station's code and the element's letter.
    const elements = names.map((name) => name.at(-1)!.toUpperCase());
    const joined = elements.join("");
    if (this.#elements !== null && this.#elements !== joined) {
      const expected = `the elements ${this.#elements} to the end, as above`;
      throw new RefusedFile({ code: "not_supported", line, value: joined, expected });
    }
    this.#elements = joined;
    this.#inHeader = false;
    if (this.columns !== null) return;
    const decbas = this.#fields.get("decbas");
    // Tenths of minutes east, 0 to 216,000.
    this.columns = elementColumns(elements, decbas === undefined ? null : Number(decbas) / 10);
    this.notes.push(this.#station());
  }

  #station(): QualityNote {
    const field = (name: string): string => this.#fields.get(name) ?? "unknown";
    const place = `${field("geodetic latitude")}° N, ${field("geodetic longitude")}° E, ${field("elevation")} m`;
    const message = `Station ${field("station name")} (${field("iaga code")}) at ${place}; ${field("data type")} data, ${field("data interval type")}.`;
    return { code: "station", message: message.slice(0, 300) };
  }

  #readRow({ line, open }: TextLine, text: string): FormatRow | null {
    if (this.columns === null) {
      const expected = "a line DATE TIME DOY and the names of the elements above the rows";
      throw new RefusedFile({ code: "header_missing", line, value: text, expected });
    }
    const cutOff = open && text.length < this.#rowLength;
    if (cutOff) {
      const message = "The last line was cut off in the middle and left out.";
      this.notes.push({ code: "last_line_cut", message, first_lines: [line] });
      return null;
    }
    this.#rowLength = text.length;
    const words = text.trim().split(/\s+/);
    const count = this.#elements!.length;
    if (words.length !== LEADING_WORDS + count) {
      throw new RefusedFile({
        code: "row_width",
        line,
        value: text,
        expected: `date, time, day of year and ${count} values`,
      });
    }
    const values = words.slice(LEADING_WORDS).map((word, i) => {
      const value = observatoryValue(word, 1);
      if (!Number.isNaN(value)) return value;
      const column = this.#elements![i];
      throw new RefusedFile({ code: "not_a_number", line, column, value: word, expected: "a number" });
    });
    return { line, cells: [timeOf(`${words[0]} ${words[1]}`), ...this.columns.convert(values)] };
  }
}

/** µs; the text itself where it is no time. */
function timeOf(text: string): Cell {
  const bytes = Buffer.from(text);
  const us = scanTime(bytes, 0, bytes.length, DATE_TIME, POINT, false);
  return Number.isNaN(us) || scannedTime() !== bytes.length ? text : us;
}
