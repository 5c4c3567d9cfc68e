import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ColumnMapping } from "@magtrace/contracts";
import { type Expected, type Reading, readCase, type Tolerance } from "./readCase.ts";

interface SharedCase {
  readonly file: string;
  readonly wanted: string;
  readonly right: string;
  readonly outcome: "accept" | "refuse" | "either";
  readonly check: Expected & { readonly mapping?: ColumnMapping };
}

export type Verdict = "right" | "asked" | "refused" | "wrong";

export interface JudgedCase {
  readonly file: string;
  /** What the file is, in few words. */
  readonly wanted: string;
  readonly verdict: Verdict;
  /** Whether the verdict is one that the case allows. */
  readonly allowed: boolean;
  readonly right: string;
  readonly said: string;
}

/**
 * Cases that may be refused, says the list, and whose sentence allows to read them, too, but gives no values: these are
 * what a right reading has.
 */
const ALSO_READ: Readonly<Record<string, Expected>> = {
  "s42_influx_annotated.csv": { rows: 200, dur: 3.98, first: [18_430.45, -780.16, 45_319.31] },
};

/** The cases' values are rounded to a tenth of a nanotesla and a millisecond at best. */
const ROUNDED: Tolerance = { nanotesla: 0.6, seconds: 0.0011 };

/** Reads every file of a folder with a `cases.json`; null where there is none. */
export async function readSharedCases(folder: string): Promise<JudgedCase[] | null> {
  const list = join(folder, "cases.json");
  if (!existsSync(list)) return null;
  const cases = JSON.parse(readFileSync(list, "utf8")) as SharedCase[];
  const judged: JudgedCase[] = [];
  for (const { file, wanted, right, outcome, check } of cases) {
    const { mapping, ...given } = check;
    const expected = { ...given, ...ALSO_READ[file] };
    const bytes = readFileSync(join(folder, file));
    const reading = await readCase({ bytes, filename: file, ...(mapping && { mapping }) }, expected, ROUNDED);
    const verdict = verdictOf(reading, outcome, expected);
    const allowed = verdict === "right" || (verdict !== "wrong" && outcome !== "accept");
    const said = [...reading.differences, reading.said].join(" | ");
    judged.push({ file: mapping ? `${file} with a mapping` : file, wanted, verdict, allowed, right, said });
  }
  return judged;
}

function verdictOf(reading: Reading, outcome: SharedCase["outcome"], expected: Expected): Verdict {
  if (reading.outcome !== "accepted") return reading.outcome;
  // A file that ought to be refused and was not is right only where there are values to tell by.
  if (outcome === "refuse" && Object.keys(expected).length === 0) return "wrong";
  return reading.differences.length === 0 ? "right" : "wrong";
}
