import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";

/** Until a statement in the client's database, or as many as said, wait for locks that others hold. */
export async function untilSomebodyWaits(client: Pick<pg.ClientBase, "query">, many = 1): Promise<void> {
  for (let turn = 0; turn < 6000; turn++) {
    const { rows } = await client.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if (rows.length >= many) return;
    await delay(10);
  }
  throw new Error("nobody waits");
}
