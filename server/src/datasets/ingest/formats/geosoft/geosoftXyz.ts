import { RefusedFile } from "../../findings.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { FormatInput, FormatReader } from "../formatReader.ts";
import { openRewritten, quotedCell } from "../rewrittenText.ts";
import { type TextLine, textLines } from "../textLines.ts";

/** `Line 100`, `Tie 20.1:3`, or the type's letter before the number. */
const LINE_NAME =
  /^\s*((line|tie|random|base|test|trend|special)\s+[\w.:-]+|[ltrbpds]\d+(\.\d+)?(:\d+)?)\s*$/i;
const FLIGHT = /^\s*flight\s+\S+\s*$/i;
const DATE = /^\s*date\s+(\d{2,4})[/.-](\d{1,2})[/.-](\d{1,2})\s*$/i;
/** X and Y are a survey's coordinates here, by the format's convention, and never axes of a field. */
const COORDINATES: Readonly<Record<string, string>> = { x: "easting", y: "northing", z: "height" };
const MAX_HEAD_LINES = 10_000;
const DUMMY = "*";

/**
 * Geosoft XYZ: `/` comments of which one names the columns, `Line n` and `Tie n` before the rows of each line, `*`
 * where there is no value. Lines become tracks.
 * Source: Seequent, Oasis montaj help, "XYZ Data Format",
 * https://help.seequent.com/Oasis-montaj/ (Geosoft XYZ files)
 */
export const geosoftXyz: FormatReader = {
  format: "geosoft_xyz",
  claims(head) {
    const text = Buffer.from(head)
      .toString("latin1")
      .replace(/^\xef\xbb\xbf/, "");
    const lines = text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("/"));
    const first = lines.find((line) => !FLIGHT.test(line) && !DATE.test(line));
    return first !== undefined && LINE_NAME.test(first);
  },
  open,
};

async function open({ bytes, reopen, likelyBytes, request }: FormatInput): Promise<TableInput> {
  let next: AsyncIterable<Uint8Array> | null = bytes;
  const text = (): AsyncIterable<Uint8Array> => {
    const from = next ?? reopen();
    next = null;
    return rewritten(textLines(from, "utf8"));
  };
  return openRewritten({ format: "geosoft_xyz", text, linesAdded: 0, likelyBytes, notes: [] }, request);
}

/** Comma-separated text with as many lines: names where the comment names them, nothing where no row stands. */
async function* rewritten(batches: AsyncIterable<TextLine[]>): AsyncGenerator<Uint8Array> {
  const survey = new SurveyText();
  for await (const lines of batches) {
    const text = lines.map((line) => survey.textOf(line)).join("");
    if (text !== "") yield Buffer.from(text);
  }
  if (!survey.begun)
    throw new RefusedFile({ code: "no_rows", expected: "at least one row below a line's name" });
}

class SurveyText {
  #head: TextLine[] = [];
  #lineName = "";
  #date: string | null = null;
  #width = 0;
  #dated = false;
  begun = false;

  textOf(line: TextLine): string {
    if (this.begun) return this.#rowOf(line);
    this.#head.push(line);
    this.#markOf(line.text);
    if (this.#isMark(line.text)) {
      if (this.#head.length > MAX_HEAD_LINES) {
        throw new RefusedFile({ code: "no_rows", line: line.line, expected: "rows below a line's name" });
      }
      return "";
    }
    return this.#begin(line);
  }

  /** The first row says how many columns there are: the last comment of as many words names them. */
  #begin(row: TextLine): string {
    this.#width = wordsOf(row.text).length;
    const names = this.#head
      .map(({ text, line }) => ({ words: wordsOf(text.trimStart().replace(/^\/+/, "")), text, line }))
      .findLast(({ words, text }) => text.trimStart().startsWith("/") && words.length === this.#width);
    if (names === undefined || !names.words.some((word) => /[a-z]/i.test(word))) {
      const expected = `a comment above the lines that names the ${this.#width} columns: / X Y TIME MAG …`;
      throw new RefusedFile({ code: "header_missing", line: row.line, value: row.text, expected });
    }
    this.begun = true;
    this.#dated = this.#date !== null;
    const header = names.words.map((word) => COORDINATES[word.toLowerCase()] ?? word);
    const added = this.#dated ? ["date", "sensor_id"] : ["sensor_id"];
    const lines = this.#head.slice(0, -1).map(({ line }) => {
      return line === names.line ? `${[...header, ...added].map(quotedCell).join(",")}\n` : "\n";
    });
    this.#head = [];
    return lines.join("") + this.#rowOf(row);
  }

  #rowOf({ text, line, open }: TextLine): string {
    this.#markOf(text);
    if (this.#isMark(text)) return "\n";
    const words = wordsOf(text);
    if (open && words.length < this.#width) return "\n";
    if (words.length !== this.#width) {
      const expected = `${this.#width} values, as in the rows above`;
      throw new RefusedFile({ code: "row_width", line, value: text, expected });
    }
    const added = this.#dated ? [this.#date ?? "", this.#lineName] : [this.#lineName];
    return `${[...words.map((word) => (word === DUMMY ? "" : word)), ...added].map(quotedCell).join(",")}\n`;
  }

  #isMark(text: string): boolean {
    const plain = text.trim();
    return (
      plain === "" || plain.startsWith("/") || LINE_NAME.test(plain) || FLIGHT.test(plain) || DATE.test(plain)
    );
  }

  #markOf(text: string): void {
    if (LINE_NAME.test(text)) this.#lineName = text.trim().replace(/\s+/g, " ").slice(0, 100);
    const date = DATE.exec(text);
    if (date === null) return;
    const year = date[1].length === 2 ? `20${date[1]}` : date[1];
    this.#date = `${year}-${date[2].padStart(2, "0")}-${date[3].padStart(2, "0")}`;
  }
}

function wordsOf(text: string): string[] {
  const plain = text.trim();
  return plain === "" ? [] : plain.split(/\s*,\s*|\s+/);
}
