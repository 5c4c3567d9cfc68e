import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Project } from "@magtrace/contracts";
import pg from "pg";
import { filesBelow } from "../support/filesBelow.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { malformedFiles } from "./malformedFiles.ts";

const FILES = 200;
const AT_ONCE = 4;

describe("a file that cannot be read", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let projectId = 0;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    projectId = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
  });

  /** Everything stored but the marks of the master keys. */
  function storedFiles(): string[] {
    return filesBelow(join(installation.dataDir, "objects")).filter((path) => !path.includes("master_keys"));
  }

  async function countRows(): Promise<number> {
    const client = new pg.Client({ connectionString: installation.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query(
      "SELECT (SELECT count(*) FROM magtrace.datasets) + (SELECT count(*) FROM magtrace.segments) AS n",
    );
    await client.end();
    return Number(rows[0].n);
  }

  test(`is refused with a finding and leaves nothing behind, ${FILES} times over`, async () => {
    const files = malformedFiles(2026, FILES);
    assert.equal(files.length, FILES);
    const queue = files.map((file, index) => ({ ...file, index }));
    const work = async () => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        const answer = await owner.upload<{
          code: string;
          details: { findings: { expected: string }[]; total_findings: number };
        }>(projectId, { name: file.name, bytes: file.bytes });
        const which = `${file.index} ${file.name}: ${JSON.stringify(answer.body).slice(0, 300)}`;
        assert.equal(answer.status, 422, which);
        assert.equal(answer.body.code, "unreadable_file", which);
        const { findings, total_findings } = answer.body.details;
        assert.ok(findings.length >= 1 && findings.length <= 100 && total_findings >= findings.length, which);
        assert.ok(
          findings.every(({ expected }) => expected.length > 0),
          which,
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // The worker deletes a file after its row says that it was refused, and the answer waits for the row alone.
    await untilTrue(async () => storedFiles().length === 0);
    assert.equal(await countRows(), 0);
  });

  test("is not what an upload without a project, a file or a right is: those are refused before", async () => {
    const { address } = installation.api;
    const good = "timestamp_pc,b_x,b_y,b_z\n2026-01-01T00:00:00Z,1,2,3\n";
    const send = (fields: [string, string | Blob][]) => {
      const form = new FormData();
      for (const [name, value] of fields) form.append(name, value);
      const headers = { authorization: `Bearer ${owner.token}` };
      return fetch(`${address}/api/datasets/upload/`, { method: "POST", headers, body: form });
    };
    assert.equal((await send([["file", new Blob([good])]])).status, 400);
    assert.equal((await send([["project", String(projectId)]])).status, 400);
    assert.equal(
      (
        await send([
          ["file", new Blob([good])],
          ["project", "999999"],
        ])
      ).status,
      404,
    );
    const notForm = await owner.call("POST", "/api/datasets/upload/", { project: projectId });
    assert.ok([400, 406, 415].includes(notForm.status), String(notForm.status));
    assert.deepEqual(storedFiles(), []);
    assert.equal(await countRows(), 0);
    // The file may come first, as some clients send it.
    const fileFirst = await send([
      ["file", new Blob([good])],
      ["project", String(projectId)],
    ]);
    assert.equal(fileFirst.status, 201);
  });

  test("larger than allowed is refused while it arrives", async () => {
    const small = await startTestInstallation(cleanup, { UPLOAD_MAX_MIB: "1" });
    const user = await small.addUser({ name: "bob", organization: "North" });
    const project = (await user.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
    const answer = await user.upload(project, { name: "large.csv", bytes: new Uint8Array(2 << 20) });
    assert.equal(answer.status, 413);
    const left = readdirSync(join(small.dataDir, "objects"), { recursive: true }).filter((path) =>
      /uploads\//.test(String(path)),
    );
    assert.deepEqual(left, []);
  });
});
