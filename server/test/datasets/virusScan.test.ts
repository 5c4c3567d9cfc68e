import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Dataset, Project } from "@magtrace/contracts";
import { type ClamdServer, skipClamd, startClamdServer } from "../support/clamdServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

/** The test file of the European Institute for Computer Antivirus Research, put together so that this file is none. */
const EICAR = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!", "$H+H*"].join("");
const MARKER = "this-text-is-what-the-scanner-looks-for";
const HEADER = "timestamp_pc,b_x,b_y,b_z\n";
const MIB = 1024 * 1024;

describe("uploads where a virus scanner is configured", { skip: skipClamd }, () => {
  const cleanup = suiteCleanup();
  let clamd: ClamdServer;
  let installation: TestInstallation;
  let owner: ApiCaller;
  let project: Project;

  before(async () => {
    clamd = await startClamdServer(MARKER);
    cleanup.after(() => clamd.stop());
    installation = await startTestInstallation(cleanup, {
      CLAMD_ADDRESS: clamd.address,
      CLAMD_STREAM_MAX_MIB: "1",
    });
    owner = await installation.addUser({ name: "ada", organization: "North" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
  });

  const upload = (bytes: Uint8Array | string) => owner.upload<Dataset>(project.id, { name: "a.csv", bytes });

  async function assertNothingKept(): Promise<void> {
    const { body } = await owner.call<Dataset[]>("GET", `/api/datasets/?project_id=${project.id}`);
    assert.deepEqual(body, []);
    const objects = readdirSync(join(installation.dataDir, "objects"), {
      recursive: true,
      withFileTypes: true,
    });
    assert.deepEqual(
      objects
        .filter((entry) => entry.isFile() && entry.parentPath.includes("uploads"))
        .map(({ name }) => name),
      [],
    );
  }

  test("an infected file is refused by name and leaves nothing, packed or not", async () => {
    for (const bytes of [EICAR, gzipSync(EICAR), `${HEADER}1,2,3,4\n# ${MARKER}\n`]) {
      const { status, body } = await upload(bytes);
      assert.equal(status, 422);
      const { code, error } = body as unknown as { code: string; error: string };
      assert.equal(code, "infected_file");
      assert.match(error, /found (Eicar|Test\.Marker)/);
      await assertNothingKept();
    }
    const log = readFileSync(join(installation.dataDir, "logs", "security.log"), "utf8");
    assert.match(log, / event=scan_hit ip=127\.0\.0\.1 /);
  });

  test("so is a project's file", async () => {
    const form = new FormData();
    form.set("file", new Blob([EICAR]), "x.magtrace.tar");
    const response = await fetch(`${installation.api.address}/api/projects/import_project/`, {
      method: "POST",
      headers: { authorization: `Bearer ${owner.token}` },
      body: form,
    });
    assert.equal(response.status, 422);
    assert.equal(((await response.json()) as { code: string }).code, "infected_file");
  });

  test("in a file longer than the scanner takes at once, nothing hides where it is cut", async () => {
    for (const at of [MIB - 20, 1_800_000 - 20, 3 * MIB - 200]) {
      const bytes = Buffer.alloc(3 * MIB, "1,2,3,4\n");
      bytes.write(MARKER, at);
      const { status, body } = await upload(bytes);
      assert.deepEqual(
        [status, (body as unknown as { code: string }).code],
        [422, "infected_file"],
        String(at),
      );
    }
    await assertNothingKept();
  });

  test("without a verdict nothing is taken, and with one again all is well", async () => {
    const clean = `${HEADER}1,2,3,4\n2,2,3,4\n`;
    await clamd.stop();
    const { status, body } = await upload(clean);
    assert.deepEqual([status, (body as unknown as { code: string }).code], [503, "dependency_unavailable"]);
    await assertNothingKept();
    await clamd.start();
    assert.equal((await upload(clean)).status, 201);
  });
});
