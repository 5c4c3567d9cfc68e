import { AppError } from "../errors.ts";
import { type DumpTable, keyOf, readDump } from "./dump.ts";
import { linesOf, type RowChoice } from "./rowChoice.ts";

/** What of PostgreSQL's catalogue says which rows go with a user. */
export interface UserReference {
  /** `schema.name` of the table. */
  readonly table: string;
  readonly column: string;
  /** What happens to a row when its user is deleted. */
  readonly onDelete: "cascade" | "set null";
}

/** COPY writes nothing at all like this. */
const NULL = "\\N";
/** All of these are taken; those that nothing speaks of go afterwards (restoreObjects.ts). */
const OBJECT_ROWS = "objects.stored";
const JOBS = "pgboss.job";

/**
 * The rows of one organisation, as if every other organisation, and every user who is no member of this one, had been
 * deleted: their own rows go, and where other rows name them as author, nobody is named. What belongs to the installation
 * as a whole is not taken.
 */
export function organizationChoice(
  organizationId: number,
  members: ReadonlySet<string>,
  references: readonly UserReference[],
): RowChoice {
  const id = String(organizationId);
  const referencesOf = (table: DumpTable) => references.filter((one) => one.table === keyOf(table));
  const kindOf = (table: DumpTable) => {
    const key = keyOf(table);
    if (key === "accounts.users" || key === "accounts.organizations" || key === OBJECT_ROWS || key === JOBS)
      return key;
    if (table.columns.includes("organization_id")) return "organization";
    return referencesOf(table).some(({ onDelete }) => onDelete === "cascade") ? "user" : null;
  };
  return {
    takesTable: (table) => kindOf(table) !== null,
    chooserOf(table) {
      const kind = kindOf(table);
      const at = (column: string) => table.columns.indexOf(column);
      const [own, data] = [at("id"), at("data")];
      const organization = at("organization_id");
      const users = referencesOf(table).map(({ column, onDelete }) => ({ at: at(column), onDelete }));
      return (fields) => {
        if (kind === "accounts.users" && !members.has(fields[own]!)) return false;
        if (kind === "accounts.organizations" && fields[own] !== id) return false;
        if (kind === JOBS && organizationOfJob(fields[data]!) !== organizationId) return false;
        if (kind === "organization" && fields[organization] !== id) return false;
        for (const { at: place, onDelete } of users) {
          const user = fields[place]!;
          if (user === NULL || members.has(user)) continue;
          if (onDelete === "cascade") return false;
          fields[place] = NULL;
        }
        return true;
      };
    },
  };
}

function organizationOfJob(data: string): number | null {
  if (data === NULL) return null;
  // In COPY's text each backslash is written twice, and JSON of a job has no other character that is written otherwise.
  const text = Buffer.from(data.replaceAll("\\\\", "\\"), "latin1").toString("utf8");
  return (JSON.parse(text) as { organizationId?: number }).organizationId ?? null;
}

class EnoughRead extends Error {}

/** The ids of an organisation's members in a backup. @throws AppError not_found where it has no such organisation. */
export async function membersOf(
  dump: AsyncIterable<Uint8Array>,
  organizationId: number,
): Promise<Set<string>> {
  const members = new Set<string>();
  let isThere = false;
  try {
    await readDump(dump, {
      head: async () => undefined,
      async table(table, rows) {
        const at = (column: string) => table.columns.indexOf(column);
        for await (const lines of linesOf(rows)) {
          for (const line of lines) {
            const fields = line.split("\t");
            if (keyOf(table) === "accounts.organizations")
              isThere ||= fields[at("id")] === String(organizationId);
            if (keyOf(table) !== "accounts.members") continue;
            if (fields[at("organization_id")] === String(organizationId)) members.add(fields[at("user_id")]!);
          }
        }
        if (keyOf(table) === "accounts.members") throw new EnoughRead();
      },
      end: async () => undefined,
    });
  } catch (error) {
    if (!(error instanceof EnoughRead)) throw error;
  }
  if (!isThere) throw new AppError("not_found", `The backup has no organisation ${organizationId}.`);
  return members;
}
