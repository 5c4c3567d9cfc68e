import type { Assumption } from "@magtrace/contracts";

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** The assumptions of a quality report, the most consequential first. What is none is left out. */
export function readAssumptions(report: Json): Assumption[] {
  if (!Array.isArray(report.assumptions)) return [];
  return (report.assumptions as unknown[]).flatMap((one) => {
    if (!isObject(one) || typeof one.subject !== "string" || typeof one.taken !== "string") return [];
    const others = Array.isArray(one.others) ? (one.others as unknown[]) : [];
    return [
      {
        subject: one.subject as Assumption["subject"],
        taken: one.taken,
        reason: typeof one.reason === "string" ? one.reason : "",
        column: typeof one.column === "string" ? one.column : null,
        others: others.filter(
          (choice): choice is Assumption["others"][number] =>
            isObject(choice) && typeof choice.label === "string" && isObject(choice.mapping),
        ),
      },
    ];
  });
}

const SUBJECTS: Record<Assumption["subject"], string> = {
  time_unit: "Unit of the times",
  time_form: "Form of the times",
  time_zone: "Time zone",
  date_order: "Day and month",
  time_column: "Column of the times",
  field_unit: "Unit of the field",
  field_columns: "Columns of the field",
  missing_values: "Missing values",
  row_order: "Order of the rows",
  encoding: "Encoding",
  sensors: "Sensors",
  header: "Columns",
  numbers: "Numbers",
  last_line: "Last line",
};

export function subjectWord(subject: Assumption["subject"]): string {
  return SUBJECTS[subject] ?? "Assumed";
}

const UNITS_AND_TIMES: ReadonlySet<string> = new Set([
  "field_unit",
  "time_unit",
  "time_form",
  "time_zone",
  "date_order",
]);

/** What was assumed of units and times, in a few words: "µT, UTC". Null where nothing was. */
export function assumedInShort(assumptions: readonly Assumption[]): string | null {
  const words = assumptions
    .filter(({ subject }) => UNITS_AND_TIMES.has(subject))
    .map(({ taken }) => {
      const said = taken
        .replace(/^(The times are|Dates are) /, "")
        .replace(/, as .*$/, "")
        .replace(/\.$/, "");
      return said.length > 28 ? `${said.slice(0, 27)}…` : said;
    });
  return words.length === 0 ? null : [...new Set(words)].join(", ");
}
