import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, Project } from "@magtrace/contracts";
import pg from "pg";
import { startApi } from "../../src/api.ts";
import { openPlatform, type Platform } from "../../src/platform/openPlatform.ts";
import { sweep } from "../../src/system/sweep.ts";
import { type CuttingProxy, startCuttingProxy } from "../support/cuttingProxy.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

const DAY_MS = 86_400_000;
const csv = "timestamp_pc,b_x,b_y,b_z\n0,1,2,3\n1,1,2,3\n2,1,2,3\n";

/** An api that reaches the database through a proxy which can lose a COMMIT or the answer to one. */
describe("a COMMIT whose answer is lost", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let proxy: CuttingProxy;
  let platform: Platform;
  let owner: pg.Client;
  let ann: ApiCaller;
  let projectId: number;
  let uploadThroughProxy: (name: string) => Promise<Response>;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    proxy = await startCuttingProxy(installation.database.app);
    const api = await startApi(
      // A statement that is kept does not say COMMIT, by which the proxy knows it.
      { ...installation.config, DATABASE_APP_URL: proxy.url, DATABASE_PREPARED_STATEMENTS: false },
      { checkResponses: true },
    );
    platform = await openPlatform(installation.config, "test");
    owner = new pg.Client({ connectionString: installation.database.ownerUrl });
    await owner.connect();
    cleanup.after(async () => {
      await api.stop();
      await proxy.stop();
      await platform.close();
      await owner.end();
    });
    ann = await installation.addUser({ name: "ann", organization: "First" });
    projectId = (await ann.call<Project>("POST", "/api/projects/", { name: "Field" })).body.id;
    uploadThroughProxy = (name) => {
      const form = new FormData();
      form.set("project", String(projectId));
      form.set("file", new Blob([csv]), name);
      return fetch(`${api.address}/api/datasets/upload/`, {
        method: "POST",
        headers: { authorization: `Bearer ${ann.token}` },
        body: form,
      });
    };
  });

  const datasetsNamed = async (name: string) =>
    (
      await owner.query("SELECT id, original_key AS key, status FROM magtrace.datasets WHERE name = $1", [
        name,
      ])
    ).rows;
  const uploads = async () =>
    (await Array.fromAsync(platform.deps.objects.list("uploads/"))).map(({ key }) => key);
  const sweepAt = (nowMs: number) =>
    sweep(
      {
        accountsPool: platform.accountsPool,
        objects: platform.deps.objects,
        objectRows: platform.sealing.rows,
        log: platform.deps.log,
      },
      nowMs,
    );

  test("committed, the dataset and its object survive, and so do they the sweep", async () => {
    const cut = proxy.cut("INSERT INTO datasets", "after the commit");
    const answer = await uploadThroughProxy("survives.csv");
    await cut;
    assert.ok(answer.status >= 500, `answered ${answer.status}`);

    const [dataset] = await datasetsNamed("survives.csv");
    assert.ok(dataset, "the server had committed");
    assert.ok((await uploads()).includes(dataset.key), "its object is there");
    await untilTrue(async () => (await datasetsNamed("survives.csv"))[0].status === "completed");
    await sweepAt(Date.now() + 3 * DAY_MS);
    const read = await ann.call<Dataset>("GET", `/api/datasets/${dataset.id}/`);
    assert.deepEqual([read.status, read.body.processed], [200, true]);
    const original = await ann.call<string>("GET", `/api/datasets/${dataset.id}/download/`);
    assert.deepEqual([original.status, original.body], [200, csv]);
  });

  test("not committed, the object stays for its time of grace and is swept then", async () => {
    const before = await uploads();
    const cut = proxy.cut("INSERT INTO datasets", "before the commit");
    const answer = await uploadThroughProxy("never.csv");
    await cut;
    assert.ok(answer.status >= 500, `answered ${answer.status}`);

    assert.deepEqual(await datasetsNamed("never.csv"), []);
    const left = (await uploads()).filter((key) => !before.includes(key));
    assert.equal(left.length, 1, "nobody could know that it was not committed");
    await sweepAt(Date.now() + DAY_MS);
    assert.deepEqual((await uploads()).sort(), [...before, ...left].sort());
    await sweepAt(Date.now() + 3 * DAY_MS);
    assert.deepEqual(await uploads(), before);
    const { rows } = await owner.query("SELECT FROM objects.stored WHERE key = $1", left);
    assert.equal(rows.length, 0);
  });

  test("refused by the database, the object goes at once", async () => {
    const before = await uploads();
    await owner.query("ALTER TABLE magtrace.datasets ADD CONSTRAINT refused CHECK (name <> 'refused.csv')");
    const answer = await uploadThroughProxy("refused.csv");
    assert.ok(answer.status >= 400, `answered ${answer.status}`);
    assert.deepEqual(await uploads(), before);
  });
});
