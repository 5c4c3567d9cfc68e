import pg from "pg";
import { type Author, markAudited, unauditedTargets } from "../author.ts";
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

/**
 * What puts an author's reading into the audit, and is to be called once that is committed: nothing when it was told a
 * short while ago.
 *
 * @param everywhere organisations a reading is of that named no place.
 */
export function auditOf(
  author: Author,
  everywhere: readonly number[],
): { readonly statements: readonly Statement[]; done(): void } {
  const { reading } = author;
  const places = unauditedTargets(author, everywhere);
  if (!reading || places.length === 0) return { statements: [], done: () => undefined };
  const list = places.map(({ organizationId, projectId }) => [organizationId, projectId]);
  const statement = {
    name: "audit_read",
    text: "SELECT audit.note_reading($1, $2, $3)",
    values: [reading.action, reading.subject ?? "", JSON.stringify(list)],
  };
  return { statements: [statement], done: () => markAudited(author, places) };
}

/**
 * Commits, and puts into the audit in the same round trip what was read: whoever got an answer stands in it.
 *
 * @param everywhere organisations a reading is of that named no place.
 */
export async function commitWithAudit(
  client: pg.ClientBase,
  author: Author,
  everywhere: readonly number[],
): Promise<void> {
  const audited = auditOf(author, everywhere);
  await runBatch(client, [...audited.statements, { text: "COMMIT", name: "commit" }]);
  audited.done();
}

const MOST_ROUTE = 500;

/** PostgreSQL takes no NUL and no half of a surrogate pair. */
function shortened(route: string): string {
  return route.slice(0, MOST_ROUTE).replaceAll("\0", "").toWellFormed();
}
