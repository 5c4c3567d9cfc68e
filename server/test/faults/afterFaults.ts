import pg from "pg";
import { readConfig } from "../../src/config.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import { sweep } from "../../src/system/sweep.ts";
import { magtrace } from "../support/magtrace.ts";
import { untilTrue } from "../support/untilTrue.ts";
import type { FaultStage } from "./faultStage.ts";

const DAY_MS = 86_400_000;

/** Every job ended, nothing is missing, nothing stays that nobody speaks of, and the audit's chain is whole. */
export async function checkInstallation(
  { environment, ownerUrl }: FaultStage,
  complain: (what: string) => void,
): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const count = async (sql: string) => Number((await owner.query<{ n: string }>(sql)).rows[0]!.n);
  await untilTrue(
    async () =>
      (await count(
        "SELECT (SELECT count(*) FROM magtrace.datasets WHERE status IN ('pending', 'running')) + (SELECT count(*) FROM magtrace.training_sessions WHERE status IN ('pending', 'running')) + (SELECT count(*) FROM magtrace.predictions WHERE status IN ('pending', 'running')) AS n",
      )) === 0,
  ).catch(() => complain("work stays pending or running"));
  await owner.end();

  const platform = await openPlatform(readConfig(environment), "worker");
  const { accountsPool, sealing, deps } = platform;
  const swept = { accountsPool, objectRows: sealing.rows, objects: deps.objects, log: silentLog() };
  // In three days nothing is too young to be judged.
  const first = await sweep(swept, Date.now() + 3 * DAY_MS);
  for (const place of first.missing) complain(`${place} is missing`);
  const second = await sweep(swept, Date.now() + 3 * DAY_MS);
  if (second.deletedObjects > 0) complain(`the sweep left ${second.deletedObjects} objects to a second one`);
  await platform.close();

  const { status, out, err } = await magtrace(["audit", "verify"], environment);
  if (status !== 0) complain(`audit verify: ${out}${err}`);
}
