import pg from "pg";
import { type Author, markAudited, type Reading, type ReadPlace, unauditedPlaces } from "../author.ts";

/** Tells the triggers of migrations/0007_audit.sql for whom they write. A `SET LOCAL`: it ends with the transaction. */
export function authorSetting({ userId, credential, ip, requestId, route }: Author): string {
  const told = { user: userId, credential, ip, request: requestId, route: route && shortened(route) };
  return `SET LOCAL magtrace.author = ${pg.escapeLiteral(JSON.stringify(told))}`;
}

/**
 * Commits, and notes in the same round trip what was read: whoever got an answer stands in the audit.
 *
 * @param everywhere organisations a reading is of that named no place.
 * @param before statements to begin with.
 */
export async function commitWithAudit(
  client: Pick<pg.ClientBase, "query">,
  reading: Reading | null,
  everywhere: readonly number[],
  before = "",
): Promise<void> {
  const places = reading ? unauditedPlaces(reading, everywhere) : [];
  if (!reading || places.length === 0) {
    await client.query("COMMIT");
    return;
  }
  await client.query(`${before}${auditRead(reading, places)}; COMMIT`);
  markAudited(reading, places);
}

/**
 * Notes who read what. Losing the last of these in a power cut is bearable, waiting for the disk at every tile of a
 * chart is not: nothing else was written in such a transaction, so its commit need not wait.
 */
function auditRead({ action, subject }: Reading, places: readonly ReadPlace[]): string {
  const list = places.map(({ organizationId, projectId }) => [organizationId, projectId]);
  const values = [action, subject ?? "", JSON.stringify(list)].map((text) => pg.escapeLiteral(text));
  return `SET LOCAL synchronous_commit = off; SELECT audit.note_reading(${values.join(", ")})`;
}

const MOST_ROUTE = 500;

/** PostgreSQL takes no NUL and no half of a surrogate pair. */
function shortened(route: string): string {
  return route.slice(0, MOST_ROUTE).replaceAll("\0", "").toWellFormed();
}
