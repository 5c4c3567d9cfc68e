import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { type AuditStage, startAuditStage } from "../audit/auditStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilSomebodyWaits } from "../support/untilSomebodyWaits.ts";

describe("what another deletes while one changes it", () => {
  const cleanup = suiteCleanup();
  let stage: AuditStage;
  let rival: pg.Client;

  before(async () => {
    stage = await startAuditStage(cleanup);
    rival = new pg.Client({ connectionString: stage.installation.database.ownerUrl });
    await rival.connect();
    cleanup.after(() => rival.end());
  });

  for (const [what, table, path, body] of [
    ["a category", "label_categories", "label-categories", { name: "renamed" }],
    ["a dataset", "datasets", "datasets", { name: "renamed" }],
  ] as const) {
    test(`${what} is not found, and nothing has failed`, async () => {
      const { rows } = await stage.sql.query(
        table === "datasets"
          ? "SELECT max(id) AS id FROM magtrace.datasets"
          : "SELECT max(id) AS id FROM magtrace.label_categories",
      );
      const id = Number(rows[0].id);
      await rival.query("BEGIN");
      await rival.query(`DELETE FROM magtrace.${table} WHERE id = $1`, [id]);
      const changing = stage.owner.call("PATCH", `/api/${path}/${id}/`, body);
      await untilSomebodyWaits(stage.sql);
      await rival.query("COMMIT");
      const { status, body: said } = await changing;
      assert.deepEqual([status, said.code], [404, "not_found"]);
    });
  }
});
