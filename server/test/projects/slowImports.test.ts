import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Project } from "@magtrace/contracts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { download, importFile } from "../support/archiveStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

type Row = Record<string, unknown> & { id: number };

describe("an import that takes its time", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let file: Buffer;

  before(async () => {
    installation = await startTestInstallation(cleanup, { UPLOAD_WAIT_SECONDS: "0" });
    ada = await installation.addUser({ name: "ada", organization: "North" });
    const { body } = await ada.call<Project>("POST", "/api/projects/", { name: "Small" });
    file = (await download(installation, ada, body.id)).bytes;
  });

  async function untilSettled(id: number): Promise<Project> {
    for (;;) {
      const { body } = await ada.call<Project>("GET", `/api/projects/${id}/`);
      if (body.status !== "importing") return body;
      await delay(30);
    }
  }

  test("is answered 202, tells its status, is in no list and of no use until it is ready", async () => {
    await installation.stopWorker();
    const { status, body } = await importFile(installation, ada, file, { name: "Later" });
    assert.equal(status, 202);
    assert.equal(body.status, "importing");
    const listed = await ada.call<Project[]>("GET", "/api/projects/");
    assert.ok(!listed.body.some(({ id }) => id === body.id));
    for (const [method, path, payload] of [
      ["PATCH", `projects/${body.id}/`, { name: "x" }],
      ["GET", `projects/${body.id}/statistics/`],
      ["GET", `projects/${body.id}/export/`],
      ["POST", "user-models/", { project: body.id, name: "x" }],
      ["POST", "label-categories/", { project: body.id, name: "x" }],
      ["GET", `datasets/?project_id=${body.id}`],
    ] as const) {
      const answer = await ada.call(method, `/api/${path}`, payload);
      assert.equal(answer.status, 409, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.code, "not_ready");
    }
    await installation.restartWorker();
    const settled = await untilSettled(body.id);
    assert.equal(settled.status, "ready");
    assert.equal(settled.name, "Later");
    const categories = await ada.call<Row[]>("GET", `/api/label-categories/?project_id=${body.id}`);
    assert.equal(categories.body.length, 5);
  });

  test("tells what was wrong once it has failed, and is deleted for good", async () => {
    // Else it could have failed before its answer is given.
    await installation.stopWorker();
    const { status, body } = await importFile(installation, ada, file.subarray(0, file.length - 600));
    assert.equal(status, 202);
    await installation.restartWorker();
    const failed = await untilSettled(body.id);
    assert.equal(failed.status, "failed");
    assert.equal(failed.import_failure!.findings[0]!.code, "damaged_file");
    const use = await ada.call("POST", "/api/user-models/", { project: body.id, name: "x" });
    assert.equal(use.status, 409);
    assert.equal((await ada.call("DELETE", `/api/projects/${body.id}/`)).status, 204);
    assert.equal((await ada.call("GET", `/api/projects/${body.id}/`)).status, 404);
    const deleted = await ada.call<Project[]>("GET", "/api/projects/?deleted=true");
    assert.ok(!deleted.body.some(({ id }) => id === body.id));
  });

  test("is called off by deleting it: its file goes, and the job finds nothing to do", async () => {
    await installation.stopWorker();
    const { body } = await importFile(installation, ada, file);
    assert.equal((await ada.call("DELETE", `/api/projects/${body.id}/`)).status, 204);
    const objects = await openFolderObjects(join(installation.dataDir, "objects"));
    const uploads: string[] = [];
    for await (const { key } of objects.list("uploads/")) uploads.push(key);
    assert.deepEqual(uploads, []);
    await installation.restartWorker();
    const next = await importFile(installation, ada, file);
    assert.equal((await untilSettled(next.body.id)).status, "ready");
    assert.equal((await ada.call("GET", `/api/projects/${body.id}/`)).status, 404);
  });
});
