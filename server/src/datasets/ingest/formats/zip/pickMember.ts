import type { Assumption, Question } from "@magtrace/contracts";
import { columnName } from "../../cells/columnNames.ts";
import { RefusedFile, UndecidedFile } from "../../findings.ts";
import { hasField } from "../fieldColumns.ts";
import { headCells } from "./smallTable.ts";

export interface Picked {
  readonly name: string;
  /** Where other members could have been meant. */
  readonly assumptions: readonly Assumption[];
}

/** What archivers add, and what phyphox says of itself beside the readings. */
const NO_READINGS = /(^|\/)(__MACOSX|meta)\/|(^|\/)(\.|thumbs\.db$|metadata\.csv$|readme)/i;
const TABLES = /\.(csv|tsv|txt|dat|log|xyz|jsonl?|ndjson|min|sec|imf|arrow|feather)$/i;
const MOST_CHOICES = 20;

/**
 * Which file of an archive holds the readings of a magnetometer.
 *
 * @param asked The caller's word, or undefined.
 * @param headOf The first lines of a member; asked for where names do not tell.
 * @throws {RefusedFile} none does; the question which, where it cannot be told.
 */
export async function pickMember(
  names: readonly string[],
  asked: string | undefined,
  headOf: (name: string) => Promise<string>,
): Promise<Picked> {
  if (names.includes("[Content_Types].xml") || names.some((name) => /^(xl|word|ppt)\//.test(name))) {
    throw new RefusedFile({
      code: "unsupported_format",
      value: "a workbook (XLSX)",
      expected: "its sheet saved as CSV: in the spreadsheet program, File, Save as, CSV UTF-8",
    });
  }
  if (asked !== undefined) {
    if (names.includes(asked)) return { name: asked, assumptions: [] };
    const expected = `the member the mapping names; the archive has ${listed(names)}`;
    throw new RefusedFile({ code: "column_unknown", value: asked, expected });
  }
  const members = names.filter((name) => !name.endsWith("/") && !NO_READINGS.test(name));
  if (members.length === 1) return { name: members[0], assumptions: [] };
  const tables = members.filter((name) => TABLES.test(name));
  if (tables.length === 1) return { name: tables[0], assumptions: [] };
  if (tables.length === 0) {
    throw new RefusedFile({
      code: "unsupported_format",
      value: "a ZIP archive",
      expected: `an archive with one file of readings; this one has ${listed(names)}`,
    });
  }
  const ranked = tables.map((name) => ({ name, rank: rankOf(name) }));
  const best = Math.min(...ranked.map(({ rank }) => rank));
  const fitting = ranked.filter(({ rank }) => rank === best);
  const choicesFor = (some: readonly string[]) =>
    some.slice(0, MOST_CHOICES).map((name) => ({ label: name.slice(0, 200), mapping: { member: name } }));
  const isSure = fitting.length === 1 && best !== NO_MAGNETOMETER;
  const candidates = fitting.map(({ name }) => name);
  const holding = isSure ? candidates : await withFieldColumns(candidates, headOf);
  if (holding.length !== 1) {
    const question: Question = {
      subject: "sensors",
      asked: "Which file of the archive holds the magnetometer's readings?",
      reason: `It has ${listed(tables)}.`,
      column: null,
      choices: choicesFor(tables),
    };
    throw new UndecidedFile([question]);
  }
  const [name] = holding;
  const assumption: Assumption = {
    subject: "sensors",
    taken: `the file "${name}" of the archive`,
    reason: `By its ${isSure ? "name" : "columns"} it is the magnetometer's among ${tables.length} files.`,
    column: null,
    others: choicesFor(tables.filter((other) => other !== name)),
  };
  return { name, assumptions: [assumption] };
}

/** Those with a header that says it is of a field. */
async function withFieldColumns(
  names: readonly string[],
  headOf: (name: string) => Promise<string>,
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names.slice(0, MOST_CHOICES)) {
    const isHeader = (cells: readonly string[]): boolean =>
      cells.length > 1 && hasField(cells.map(columnName), false);
    if (headCells(await headOf(name)).some(isHeader)) found.push(name);
  }
  return found;
}

const NO_MAGNETOMETER = 3;

/** Sensor Logger has Magnetometer.csv and MagnetometerUncalibrated.csv; phyphox has Raw Data.csv or Magnetometer.csv. */
function rankOf(name: string): number {
  const base = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  if (!/magnet|\bmag\b|^mag[_-]/.test(base)) return NO_MAGNETOMETER;
  if (/uncal|raw/.test(base)) return 2;
  return /^(magnetometer|magnetic[ _]?field|mag)\.\w+$/.test(base) ? 0 : 1;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name.slice(0, 60)}"`);
  return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}
