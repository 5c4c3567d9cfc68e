import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import pg from "pg";
import { createUser } from "../../src/accounts/administration/users.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { startMagtrace } from "../support/magtrace.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { filledInstallation, type LegacyInstallation, makeLegacyInstallation } from "./legacyFixture.ts";

describe("magtrace import-legacy", () => {
  const cleanup = suiteCleanup();
  let environment: Record<string, string>;
  let owner: pg.Client;

  before(async () => {
    const { ownerUrl, accounts } = await createTestDatabase();
    environment = { MAGTRACE_DATA_DIR: join(temporaryFolder(), "data"), DATABASE_URL: ownerUrl };
    const pool = createPool({ url: accounts, size: 1, name: "test" });
    await createUser(pool, {
      name: "ada",
      email: "ada@example.com",
      password: "correct horse battery",
      role: "user",
      organization: "survey",
      organizationRole: "owner",
    });
    await pool.end();
    owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    cleanup.after(() => owner.end());
  });

  function run(
    { path, mediaDir }: Pick<LegacyInstallation, "path" | "mediaDir">,
    further: Record<string, string> = {},
    ...more: string[]
  ) {
    const options = {
      database: path,
      media: mediaDir,
      organization: "survey",
      as: "ada@example.com",
      ...further,
    };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return startMagtrace(["import-legacy", ...words, ...more], environment);
  }

  async function count(table: string): Promise<number> {
    const { rows } = await owner.query(`SELECT count(*)::integer AS n FROM magtrace.${table}`);
    return rows[0].n;
  }

  test("killed, then stopped, then run again, it brings everything once, without a worker beside it", async () => {
    const old = filledInstallation();
    const killed = run(old);
    await untilTrue(async () => (await count("label_categories")) > 0);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const stopped = run(old);
    await untilTrue(async () => (await count("datasets")) > 0);
    stopped.child.kill("SIGTERM");
    const { status, err } = await stopped.ended;
    assert.deepEqual(
      [status, err],
      [130, "Stopped. What was brought is here; run the same command to go on.\n"],
    );
    assert.equal(await count("predictions"), 0, "it was stopped before its end");

    const report = join(temporaryFolder(), "report.json");
    const again = await run(old, { organization: "1", report }).ended;
    assert.deepEqual([again.status, again.err], [0, ""]);
    assert.match(again.out, /^table +found +brought +known +changed +refused\n/);
    assert.match(again.out, /\nRefused:\n {2}magtrace_api_/);
    assert.match(
      again.out,
      /Files left behind.*:\n {2}magtrace_api_trainingsession \d+: trained_models\/finder\.joblib\n/,
    );
    const counts: number[] = [];
    for (const table of [
      "projects",
      "datasets",
      "annotations",
      "models",
      "training_sessions",
      "predictions",
    ]) {
      counts.push(await count(table));
    }
    assert.deepEqual(counts, [3, 4, 10, 3, 4, 3]);
    const { rows: unread } = await owner.query(
      "SELECT name FROM magtrace.datasets WHERE status <> 'completed'",
    );
    assert.deepEqual(unread, []);
    const written = JSON.parse(readFileSync(report, "utf8"));
    assert.deepEqual([written.dry_run, written.organization], [false, { id: 1, name: "survey" }]);
    assert.deepEqual(Object.keys(written).slice(3), [
      "counts",
      "mapped",
      "changed",
      "refused",
      "refused_files",
    ]);
    const { rows: credentials } = await owner.query(
      `SELECT DISTINCT credential FROM (SELECT action, credential FROM audit.inbox
         UNION ALL SELECT action, credential FROM audit.entries) AS e WHERE action = 'project.create'`,
    );
    assert.deepEqual(credentials, [{ credential: "command import-legacy" }]);

    const dry = await run(old, {}, "--dry-run").ended;
    assert.match(dry.out, /^table +found +to bring +known +changed +refused\n/);
    assert.match(dry.out, /Nothing was changed\. Run this without --dry-run to bring it\.\n$/);
  });

  test("what was named and is not there is told with its status, and nothing is brought", async () => {
    const old = makeLegacyInstallation();
    old.add("project", { name: "Never" });
    const cases: [Record<string, string>, number, RegExp][] = [
      [{ media: join(old.mediaDir, "none") }, 66, /^There is no folder .* with --media\.$/],
      [{ report: join(old.mediaDir, "none", "report.json") }, 73, /^The report cannot be written to /],
    ];
    for (const [further, status, message] of cases) {
      const ended = await run(old, further).ended;
      assert.equal(ended.status, status, ended.err);
      assert.match(ended.err.trimEnd(), message);
    }
    const { rows } = await owner.query("SELECT FROM magtrace.projects WHERE name = 'Never'");
    assert.equal(rows.length, 0);
  });
});
