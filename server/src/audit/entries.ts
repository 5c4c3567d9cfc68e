import type { AuditEntry } from "@magtrace/contracts";
import { csvText, type Formulas } from "@magtrace/series";
import type { EntryRow } from "./queries.ts";

/** As it is exported: with the text that its hash, after the 32 bytes of the hash before it, is the SHA-256 of. */
export type SealedEntry = AuditEntry & { readonly sealed: string };

export function entryOf(row: EntryRow, names: ReadonlyMap<number, string>): AuditEntry {
  return {
    position: row.position,
    organization: row.organization_id,
    project: row.project_id,
    at: row.at.toISOString(),
    action: row.action,
    subject: row.subject,
    count: row.row_count,
    user: row.user_id,
    user_name: row.user_id === null ? null : (names.get(row.user_id) ?? null),
    credential: row.credential,
    ip: row.ip,
    request_id: row.request_id,
    route: row.route,
    before: row.before,
    after: row.after,
    hash: row.hash.toString("hex"),
  };
}

const COLUMNS = [
  "position",
  "organization",
  "project",
  "at",
  "action",
  "subject",
  "count",
  "user",
  "user_name",
  "credential",
  "ip",
  "request_id",
  "route",
  "before",
  "after",
  "hash",
  "sealed",
] as const satisfies readonly (keyof SealedEntry)[];

export async function* exportText(
  parts: AsyncIterable<readonly SealedEntry[]>,
  format: "csv" | "jsonl",
  formulas: Formulas,
): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\r\n`;
  for await (const part of parts) {
    yield part
      .map((entry) => (format === "csv" ? csvLine(entry, formulas) : `${JSON.stringify(entry)}\n`))
      .join("");
  }
}

function csvLine(entry: SealedEntry, formulas: Formulas): string {
  return `${COLUMNS.map((column) => cell(entry[column], formulas)).join(",")}\r\n`;
}

function cell(value: unknown, formulas: Formulas): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  return csvText(typeof value === "string" ? value : JSON.stringify(value), formulas);
}
