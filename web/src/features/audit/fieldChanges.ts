/** One field of a row before and after a change; null where the row was not there. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Changes {
  /** Of each row that an entry is about. */
  readonly rows: readonly (readonly FieldChange[])[];
  /** What the entry does not tell, or null. */
  readonly note: string | null;
}

type Row = Record<string, unknown>;

const LONGEST_VALUE = 2000;

const isRow = (value: unknown): value is Row =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function sentence(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** An entry tells one row as itself, several as a list, and of very many the first ones and how many there were. */
function rowsOf(told: unknown): { rows: unknown[]; note: string | null } {
  if (told === null || told === undefined) return { rows: [], note: null };
  if (Array.isArray(told)) return { rows: told, note: null };
  if (isRow(told) && typeof told.too_large_to_tell === "number") {
    return { rows: [], note: "The change is too large for the audit to tell it in full." };
  }
  if (isRow(told) && Array.isArray(told.first) && typeof told.total === "number") {
    return { rows: told.first, note: `The first ${told.first.length} of ${told.total} rows.` };
  }
  return { rows: [told], note: null };
}

function changesOf(before: unknown, after: unknown): FieldChange[] {
  const old = isRow(before) ? before : before === undefined ? {} : { value: before };
  const now = isRow(after) ? after : after === undefined ? {} : { value: after };
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].map((field) => ({
    field,
    before: before === undefined ? null : sentence(old[field] ?? null),
    after: after === undefined ? null : sentence(now[field] ?? null),
  }));
}

/** Reads what an entry of the audit says was there before and after it. */
export function fieldChanges(before: unknown, after: unknown): Changes {
  const old = rowsOf(before);
  const now = rowsOf(after);
  const count = Math.max(old.rows.length, now.rows.length);
  return {
    rows: Array.from({ length: count }, (_, i) => changesOf(old.rows[i], now.rows[i])),
    note: old.note ?? now.note,
  };
}
