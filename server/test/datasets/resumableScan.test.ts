import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, Project, Upload } from "@magtrace/contracts";
import { type ClamdServer, skipClamd, startClamdServer } from "../support/clamdServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation } from "../support/testInstallation.ts";
import { TusClient } from "../support/tusClient.ts";
import { untilTrue } from "../support/untilTrue.ts";

const MARKER = "this-text-is-what-the-scanner-looks-for";
const HEADER = "timestamp_pc,b_x,b_y,b_z\n";

describe("resumable uploads where a virus scanner is configured", { skip: skipClamd }, () => {
  const cleanup = suiteCleanup();
  let clamd: ClamdServer;
  let owner: ApiCaller;
  let client: TusClient;
  let project = 0;

  before(async () => {
    clamd = await startClamdServer(MARKER);
    cleanup.after(() => clamd.stop());
    const installation = await startTestInstallation(cleanup, {
      CLAMD_ADDRESS: clamd.address,
      UPLOAD_WAIT_SECONDS: "60",
    });
    owner = await installation.addUser({ name: "ada", organization: "North" });
    client = new TusClient(installation.api.address, owner.token!);
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
  });

  test("one whose virus lies across two requests is refused by name, and becomes no dataset", async () => {
    const bytes = Buffer.from(`${HEADER}1,2,3,4\n# ${MARKER}\n`);
    const path = await client.begin(bytes.length, { project });
    const cut = bytes.length - 20;
    assert.equal((await client.patch(path, 0, bytes.subarray(0, cut))).status, 204);
    const { status, body } = await client.patch(path, cut, bytes.subarray(cut));
    assert.deepEqual([status, body.code], [422, "infected_file"]);
    assert.match(body.error!, /found Test\.Marker/);
    assert.equal((await owner.call<Upload>("GET", path)).body.status, "failed");
    assert.deepEqual((await owner.call<Dataset[]>("GET", `/api/datasets/?project_id=${project}`)).body, []);
  });

  test("one that comes while the scanner is away waits for it, and is not sent again", async () => {
    const bytes = Buffer.from(`${HEADER}1,2,3,4\n2,2,3,4\n`);
    const path = await client.begin(bytes.length, { project });
    await clamd.stop();
    const last = client.patch(path, 0, bytes);
    const read = async () => (await owner.call<Upload>("GET", path)).body;
    await untilTrue(async () => (await read()).status === "assembling");
    await clamd.start();
    assert.equal((await last).status, 204);
    await untilTrue(async () => (await read()).status === "completed");
  });
});
