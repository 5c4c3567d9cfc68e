import type { Question } from "@magtrace/contracts";
import type { ColumnName } from "./columnNames.ts";
import { nanoteslaPer } from "./units.ts";
import { readUnit } from "./unitWords.ts";

/** How strong a field one count is, as a line above the header says: `1090 LSB/Gauss`, `0.92 mG per count`. */
export interface Scale {
  readonly said: string;
  /** nT in one count. */
  readonly factor: number;
}

const COUNTS = "(?:lsb|counts?|cnts?|digits?|bits?)";
const UNIT = "([nuµμm]?T(?:esla)?|m?G(?:auss)?|microtesla|nanotesla|milligauss)";
const COUNTS_PER = new RegExp(`(\\d+(?:\\.\\d+)?)\\s*${COUNTS}\\s*(?:/|per)\\s*${UNIT}\\b`, "i");
const PER_COUNT = new RegExp(`(\\d+(?:\\.\\d+)?)\\s*${UNIT}\\s*(?:/|per)\\s*${COUNTS}`, "i");
const LONGEST_LINE = 1000;

export function scaleAbove(preamble: readonly string[]): Scale | null {
  for (const line of preamble) {
    if (line.length > LONGEST_LINE) continue;
    const per = COUNTS_PER.exec(line);
    const [match, invert] = per === null ? [PER_COUNT.exec(line), false] : [per, true];
    const unit = match === null ? null : readUnit(match[2]);
    if (match === null || unit === null || unit.kind === "other" || !(Number(match[1]) > 0)) continue;
    const nt = nanoteslaPer(unit.unit);
    return { said: match[0], factor: invert ? nt / Number(match[1]) : nt * Number(match[1]) };
  }
  return null;
}

/** Whether numbers without a unit are the counts that a line above speaks of. */
export function countsQuestion(own: readonly ColumnName[], { said, factor }: Scale): Question {
  const column = own[0]?.text ?? null;
  return {
    subject: "field_unit",
    asked: "Are the numbers of the field counts?",
    reason: `A line above the header says "${said}", and the columns have no unit. They may be counts, or be converted already.`,
    column,
    choices: [
      { label: `counts, ${said}`, mapping: { factor } },
      ...(["nT", "µT", "mG", "G"] as const).map((unit) => ({
        label: `values are in ${unit}`,
        mapping: { unit },
      })),
    ],
  };
}
