import type { ColumnMapping } from "@magtrace/contracts";
import type { SeriesAssembler } from "../assembleSeries.ts";
import { UndecidedFile } from "../findings.ts";
import type { TableInput } from "../typed/tableInput.ts";
import { rateQuestion, timeChoice } from "./asking.ts";

/**
 * Asks where a whole file read has one time for all its rows, or is on midnight in all of them: what tells them apart
 * is elsewhere, or nowhere. A caller who named the form has been asked.
 */
export function requireSenseOfTime(
  { columns, time }: TableInput,
  { sameness }: Pick<SeriesAssembler, "sameness">,
  mapping: ColumnMapping | undefined,
): void {
  if (sameness === null || mapping?.time?.form !== undefined || time.form === "rate") return;
  const column = columns.time.name;
  const reason =
    sameness === "midnight"
      ? `Every time in "${column}" is a midnight: it names days, and the time of day is not in it.`
      : `Every time in "${column}" is the same.`;
  throw new UndecidedFile([
    {
      ...rateQuestion(),
      asked: "Which columns are the time, or how many rows were taken in a second?",
      reason,
      column,
      choices: [
        ...rateQuestion().choices,
        ...(columns.time.positions.length === 1 ? [timeChoice("as it is", { form: time.form }, column)] : []),
      ],
    },
  ]);
}
