import { RefusedFile } from "../../findings.ts";
import type { QualityNote } from "../../types.ts";
import type { FormatReader } from "../formatReader.ts";
import type { FormatRow } from "../rowTable.ts";
import type { TextLine } from "../textLines.ts";
import { type ElementColumns, elementColumns } from "./elements.ts";
import { observatoryValue } from "./fixedValues.ts";
import { type ObservatoryLines, openObservatory } from "./openObservatory.ts";

const MINUTE_US = 60e6;
const HOUR_US = 3600e6;
const MINUTES = 60;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/** Values are tenths of nT, and hundredths of minutes of arc. */
const TENTH = 0.1;
const HUNDREDTH = 0.01;
/** 999999 and 9999999: missing; 888888 and 8888888: not recorded. */
const FIRST_SENTINEL = 888_888;
const HEADER =
  /^([A-Z0-9]{3})\s+([A-Z]{3})(\d{2})(\d{2})\s+(\d{1,3})\s+(\d{1,2})\s+([A-Z]{3,4})\s+([A-Z])\s+(\w{3})\s+(\d{8})\s+(-?\d{1,6})\b/;

/**
 * IMF, INTERMAGNET's format for minute values (1.22 and 1.23): blocks of an hour, each a header and 30 lines of two
 * minutes.
 * Source: INTERMAGNET Technical Reference Manual 4.6 (2012), appendix E, "IMFV1.22";
 * http://www.intermagnet.org/data-donnee/formats/imfv123-eng.php
 */
export const imf: FormatReader = {
  format: "imf",
  claims: (head) => HEADER.test(Buffer.from(head.subarray(0, 80)).toString("latin1")),
  open: (input) =>
    openObservatory(new MinuteBlocks(), input, {
      format: "imf",
      headless: { code: "no_rows", expected: "a block's header and its minutes" },
    }),
};

class MinuteBlocks implements ObservatoryLines {
  #startUs = 0;
  #elements = "";
  #minutes = MINUTES;
  #lastLine = 0;
  columns: ElementColumns | null = null;
  readonly notes: QualityNote[] = [];

  rowsOf(lines: readonly TextLine[]): FormatRow[] {
    return lines.flatMap((line): FormatRow[] => {
      const text = line.text.trim();
      if (text === "" || text === "\u001a") return [];
      this.#lastLine = line.line;
      const header = HEADER.exec(text);
      if (header === null) return this.#readMinutes(line, text);
      this.#readHeader(line.line, header);
      return [];
    });
  }

  /** A file may end within an hour that is not over; that is said. */
  end(): void {
    if (this.#minutes === MINUTES) return;
    const message = `The last block ends after ${this.#minutes} of its 60 minutes.`;
    this.notes.push({ code: "last_block_short", message, first_lines: [this.#lastLine] });
  }

  #readHeader(line: number, header: RegExpExecArray): void {
    const [text, station, month, day, year, dayOfYear, hour, elements, , , place, base] = header;
    if (this.#minutes !== MINUTES) {
      const expected = `the minutes ${this.#minutes} to 59 of the hour before`;
      throw new RefusedFile({ code: "damaged_file", line, value: text, expected });
    }
    if (this.#elements !== "" && this.#elements !== elements) {
      const expected = `the elements ${this.#elements} to the end, as above`;
      throw new RefusedFile({ code: "not_supported", line, value: elements, expected });
    }
    // Two digits: INTERMAGNET began in 1991.
    const fullYear = Number(year) + (Number(year) >= 69 ? 1900 : 2000);
    const dayMs = Date.UTC(fullYear, MONTHS.indexOf(month), Number(day));
    const dayNumber = (dayMs - Date.UTC(fullYear, 0, 1)) / 86_400_000 + 1;
    if (!MONTHS.includes(month) || dayNumber !== Number(dayOfYear) || Number(hour) > 23) {
      const expected = "a date and the same day's number in its year";
      throw new RefusedFile({ code: "not_a_time", line, value: text, expected });
    }
    this.#startUs = dayMs * 1000 + Number(hour) * HOUR_US;
    this.#minutes = 0;
    if (this.columns !== null) return;
    this.#elements = elements;
    this.columns = elementColumns([...elements], Number(base) / 10);
    const latitude = (900 - Number(place.slice(0, 4))) / 10;
    const message = `Station ${station} at ${latitude.toFixed(1)}° N, ${(Number(place.slice(4)) / 10).toFixed(1)}° E.`;
    this.notes.push({ code: "station", message });
  }

  #readMinutes({ line, open }: TextLine, text: string): FormatRow[] {
    const words = text.split(/\s+/);
    const count = this.#elements.length;
    if (open && words.length < 2 * count) {
      const message = "The last line was cut off in the middle and left out.";
      this.notes.push({ code: "last_line_cut", message, first_lines: [line] });
      return [];
    }
    if (this.columns === null || words.length !== 2 * count || this.#minutes >= MINUTES) {
      const expected =
        this.#minutes >= MINUTES ? "the header of the next hour" : `two minutes of ${count} values`;
      throw new RefusedFile({ code: "row_width", line, value: text, expected });
    }
    return [words.slice(0, count), words.slice(count)].map((some): FormatRow => {
      const values = some.map((word, i) => this.#valueOf(word, i, line));
      const timeUs = this.#startUs + this.#minutes++ * MINUTE_US;
      return { line, cells: [timeUs, ...this.columns!.convert(values)] };
    });
  }

  #valueOf(word: string, position: number, line: number): number | null {
    const column = this.#elements[position];
    const isAngle = column === "D" || column === "I";
    const value = observatoryValue(word, isAngle ? HUNDREDTH : TENTH, FIRST_SENTINEL);
    if (!Number.isNaN(value)) return value;
    throw new RefusedFile({ code: "not_a_number", line, column, value: word, expected: "a whole number" });
  }
}
