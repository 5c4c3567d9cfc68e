import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Dataset } from "@magtrace/contracts";
import { startApi } from "../../src/api.ts";
import { readConfig } from "../../src/config.ts";
import { openS3Objects } from "../../src/platform/objects/s3/s3Objects.ts";
import { readAll } from "../../src/platform/objects/testing/memoryObjects.ts";
import { type CephServer, skipCeph, startCephServer } from "../support/cephServer.ts";
import { createProject, label, simulateSurvey, upload } from "../support/learningStage.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

describe("an installation whose objects lie in S3", { skip: skipCeph }, () => {
  let ceph: CephServer;
  before(async () => {
    ceph = await startCephServer();
    await ceph.makeBucket("installation");
  });
  after(() => ceph.stop());

  test("uploads, draws, labels and deletes there, sealed, and says when S3 is gone", async (t) => {
    const environment = ceph.environment("installation");
    const installation = await startTestInstallation(t, environment);
    const ann = await installation.addUser({ name: "ann", organization: "First" });
    const project = await createProject(ann, "Field");
    const survey = simulateSurvey({ seed: 3, rows: 3_000 });
    const dataset: Dataset = await upload(ann, project, survey.csv);
    assert.equal(dataset.processed, true);
    const original = await ann.call<string>("GET", `/api/datasets/${dataset.id}/download/`);
    assert.deepEqual([original.status, original.body === survey.csv], [200, true]);
    const chart = await ann.call("GET", `/api/datasets/${dataset.id}/data/?points=200&format=json`);
    assert.equal(chart.status, 200);
    await label(ann, dataset, survey.events);

    const bucket = await openS3Objects(ceph.settings("installation"));
    const keysOf = async () => (await Array.fromAsync(bucket.list(""))).map(({ key }) => key);
    const stored = await keysOf();
    assert.ok(stored.some((key) => key.startsWith("uploads/")));
    assert.ok(stored.some((key) => key.startsWith(`series/${dataset.id}/`)));
    const knownText = survey.csv.slice(0, 20);
    for (const key of stored) {
      const bytes = Buffer.from(await readAll((await bucket.open(key)).stream()));
      assert.equal(bytes.includes(knownText), false, `${key} is in the clear`);
    }
    assert.equal(existsSync(join(installation.dataDir, "objects")), false);

    assert.equal((await ann.call("DELETE", `/api/datasets/${dataset.id}/`)).status, 204);
    const left = (await keysOf()).filter((key) => !key.startsWith("master_keys/"));
    assert.deepEqual(left, []);

    const wrong = { ...environment, S3_SECRET_ACCESS_KEY: "wrong" };
    const { database, dataDir } = installation;
    const config = readConfig({
      MAGTRACE_DATA_DIR: dataDir,
      DATABASE_APP_URL: database.app,
      DATABASE_ACCOUNTS_URL: database.accounts,
      DATABASE_QUEUE_URL: database.queue,
      ...wrong,
    });
    await assert.rejects(startApi(config), { code: "invalid_config", message: /refuses the access key/ });

    const health = async () => (await fetch(`${installation.api.address}/health/`)).json();
    assert.equal(((await health()) as { checks: Record<string, string> }).checks.objects, "ok");
    await ceph.stop();
    assert.equal(((await health()) as { checks: Record<string, string> }).checks.objects, "failing");
  });
});
