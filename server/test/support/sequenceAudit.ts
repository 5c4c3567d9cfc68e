import type pg from "pg";

/** Has what was done until now stand in the audit's order, so that a test need not wait for a worker to do so. */
export async function sequenceAudit(owner: Pick<pg.ClientBase, "query">): Promise<void> {
  for (;;) {
    const { rows } = await owner.query("SELECT audit.sequence(5000, true) AS moved");
    if (rows[0].moved === 0) return;
  }
}
