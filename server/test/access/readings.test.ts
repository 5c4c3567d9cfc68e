import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { gatherAskers } from "./askers.ts";
import { type Endpoint, endpointsOf, send, withParams } from "./calls.ts";
import { expectations } from "./expectations.ts";
import { setAccessStage } from "./stage.ts";
import { type AskerName, verdict } from "./verdicts.ts";

/** Between them they may read everything. */
const READERS = ["organizationOwner", "installationAdmin"] as const satisfies readonly AskerName[];

/** What a route reads of a team's or the installation's; null where it reads nobody's or one's own. */
function actionOf({ method, route }: Endpoint): string | null {
  const permission = route.config?.permission;
  if (permission === undefined || permission === "public" || permission.startsWith("account.")) return null;
  return method === "GET" || permission.endsWith(".read") ? permission : null;
}

describe("every route that reads", () => {
  const cleanup = suiteCleanup();

  test("leaves in the audit who has read", async (t) => {
    const stage = await setAccessStage(cleanup);
    const askers = await gatherAskers(stage);
    const { address, routes } = stage.installation.api;
    const silent: string[] = [];
    const answered = new Set<string>();
    for (const endpoint of endpointsOf(routes)) {
      const action = actionOf(endpoint);
      if (action === null || endpoint.method === "HEAD") continue;
      for (const { but, policy, samples } of [expectations.get(endpoint.name) ?? []].flat()) {
        const reader = READERS.find((name) => (but?.[name] ?? verdict(policy, name)) === "ok");
        assert.ok(reader, `none of the readers may ${endpoint.name}`);
        for (const sample of samples) {
          const made = withParams(endpoint, sample(stage.tenant, askers[reader]), stage.tenant);
          const { status, headers } = await send(address, endpoint, made, askers[reader]);
          // Rows of the stage are there, what they say of objects is not.
          if (status >= 300) continue;
          answered.add(endpoint.name);
          await sequenceAudit(stage.owner);
          const { rows } = await stage.owner.query(
            "SELECT FROM audit.entries WHERE request_id = $1 AND action = $2 AND user_id = $3",
            [headers.get("x-request-id"), action, askers[reader].person!.id],
          );
          if (rows.length === 0) silent.push(endpoint.name);
        }
      }
    }
    t.diagnostic(`readings: ${answered.size} routes`);
    assert.ok(answered.size >= 40, `only ${answered.size} routes were read`);
    assert.deepEqual(silent, []);
  });
});
