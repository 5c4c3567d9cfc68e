import type { TestContext } from "node:test";
import pg from "pg";
import { startTestInstallation } from "../support/testInstallation.ts";
import type { Stage } from "./askers.ts";
import { settleTenant } from "./tenants.ts";

/** Two teams with one of everything, on an installation that does no work of its own any more. */
export async function setAccessStage(t: Pick<TestContext, "after">): Promise<Stage> {
  const installation = await startTestInstallation(t, {
    WORKER_THREADS: "2",
    UPLOAD_WAIT_SECONDS: "0",
    LOG_LEVEL: "error",
  });
  const owner = new pg.Client({ connectionString: installation.database.ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  const tenant = await settleTenant(installation, owner, "north");
  const foreign = await settleTenant(installation, owner, "south");
  await installation.stopWorker();
  return { installation, owner, tenant, foreign };
}
