import type { ColumnMapping, Inspection } from "@magtrace/contracts";

/** What may differ from one file to the next: a profile keeps it only where somebody said it. */
const FOUND_IN_EACH_FILE = ["header_line", "encoding", "delimiter", "decimal", "member"] as const;

/** The mapping that a profile keeps: all that was found and confirmed of how files like this are read. */
export function profileMapping({ mapping, assumptions }: Inspection, said: ColumnMapping): ColumnMapping {
  const kept: ColumnMapping = { ...mapping, columns: { ...mapping.columns }, time: { ...mapping.time } };
  for (const key of FOUND_IN_EACH_FILE) if (said[key] === undefined) delete kept[key];
  // When one recording began says nothing of the next.
  delete kept.time?.start;
  // A time that was put together of two columns is found again; to name one of them would leave the other out.
  if (said.time === undefined && assumptions.some(({ subject }) => subject === "time_column")) {
    delete kept.columns?.timestamp_pc;
    delete kept.time;
  }
  return kept;
}

/** The header a profile is known again by, or null where the columns have no names of their own. */
export function profileHeader({ columns }: Inspection): string[] | null {
  const header = columns.map(({ name, becomes }) =>
    /^#\d+$/.test(name) && becomes?.startsWith("column_unnamed") ? "" : name,
  );
  const isKnown = header.length > 1 && header.every((name) => !/^#\d+$/.test(name) && !name.endsWith("…"));
  return isKnown ? header : null;
}
