import pg from "pg";
import { type Author, markAudited, type Reading, type ReadPlace, unauditedPlaces } from "../author.ts";
import { runBatch, type Statement } from "./batch.ts";

/** As the triggers of migrations/0007_audit.sql read who they write for. */
export function authorText({ userId, credential, ip, requestId, route }: Author): string {
  return JSON.stringify({
    user: userId,
    credential,
    ip,
    request: requestId,
    route: route && shortened(route),
  });
}

/** Tells the triggers for whom they write. A `SET LOCAL`: it ends with the transaction. */
export function authorSetting(author: Author): string {
  return `SET LOCAL magtrace.author = ${pg.escapeLiteral(authorText(author))}`;
}

/** What puts a reading into the audit, and is to be called once that is committed. */
export function auditOf(
  reading: Reading | null,
  everywhere: readonly number[],
): { readonly statements: readonly Statement[]; done(): void } {
  const places = reading ? unauditedPlaces(reading, everywhere) : [];
  if (!reading || places.length === 0) return { statements: [], done: () => undefined };
  return { statements: [auditRead(reading, places)], done: () => markAudited(reading, places) };
}

/**
 * Commits, and puts into the audit in the same round trip what was read: whoever got an answer stands in it.
 *
 * @param everywhere organisations a reading is of that named no place.
 */
export async function commitWithAudit(
  client: pg.ClientBase,
  reading: Reading | null,
  everywhere: readonly number[],
): Promise<void> {
  const audited = auditOf(reading, everywhere);
  await runBatch(client, [...audited.statements, { text: "COMMIT", name: "commit" }]);
  audited.done();
}

/**
 * Says who read what. Losing the last of these in a power cut is bearable, waiting for the disk at every tile of a
 * chart is not: nothing else was written in such a transaction, so its commit need not wait.
 */
function auditRead({ action, subject }: Reading, places: readonly ReadPlace[]): Statement {
  const list = places.map(({ organizationId, projectId }) => [organizationId, projectId]);
  return {
    name: "audit_read",
    text: "SELECT set_config('synchronous_commit', 'off', true), audit.note_reading($1, $2, $3)",
    values: [action, subject ?? "", JSON.stringify(list)],
  };
}

const MOST_ROUTE = 500;

/** PostgreSQL takes no NUL and no half of a surrogate pair. */
function shortened(route: string): string {
  return route.slice(0, MOST_ROUTE).replaceAll("\0", "").toWellFormed();
}
