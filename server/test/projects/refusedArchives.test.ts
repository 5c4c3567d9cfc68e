import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Project } from "@magtrace/contracts";
import pg from "pg";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import {
  download,
  type Entries,
  importFile,
  makeFullProject,
  putLines,
  repack,
  rowsIn,
  unpack,
} from "../support/archiveStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { CASES } from "./bentArchives.ts";

describe("a file that somebody else made, with right checksums and wrong content", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let good: Entries;
  let kept: { rows: number; objects: string[] };

  before(async () => {
    installation = await startTestInstallation(cleanup);
    ada = await installation.addUser({ name: "ada", organization: "North" });
    const { project } = await makeFullProject(ada);
    good = await unpack((await download(installation, ada, project.id)).bytes);
    kept = await everything();
  });

  /** Rows of all tables together, and all objects. */
  async function everything(): Promise<{ rows: number; objects: string[] }> {
    const client = new pg.Client({ connectionString: installation.database.ownerUrl });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'magtrace'",
    );
    const counts = tables.map(({ name }) => `(SELECT count(*) FROM ${name})`).join(" + ");
    const { rows } = await client.query<{ n: string }>(`SELECT ${counts} AS n`);
    await client.end();
    const store = await openFolderObjects(join(installation.dataDir, "objects"));
    const objects: string[] = [];
    for await (const { key } of store.list("")) objects.push(key);
    return { rows: Number(rows[0]!.n), objects };
  }

  test("is taken when its content is right", async () => {
    const { status, body } = await importFile(installation, ada, await repack(new Map(good)));
    assert.equal(status, 201, JSON.stringify(body));
    kept = await everything();
  });

  for (const { what, bend, code = "wrong_row", says } of CASES) {
    test(`is refused with ${what}, and nothing of it stays`, async () => {
      const entries: Entries = new Map(good);
      bend(entries);
      const { status, body } = await importFile(installation, ada, await repack(entries));
      assert.equal(status, 422, JSON.stringify(body));
      assert.equal(body.code, "unreadable_file");
      const [first] = body.details.findings;
      assert.equal(first!.code, code, JSON.stringify(first));
      assert.match(`${first!.column} ${first!.expected}`, says);
      assert.deepEqual(await everything(), kept);
    });
  }

  test("is told everything that is wrong at once, the first hundred in full", async () => {
    const entries: Entries = new Map(good);
    const [label] = rowsIn(entries, "annotations");
    const lines = Array.from({ length: 150 }, (_, i) =>
      JSON.stringify({ ...label, id: i + 1, confidence: 7 }),
    );
    putLines(entries, "annotations", lines);
    const { body } = await importFile(installation, ada, await repack(entries));
    assert.equal(body.details.total_findings, 150);
    assert.equal(body.details.findings.length, 100);
    assert.deepEqual(
      body.details.findings.map(({ line }) => line),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  test("is refused where it is damaged in the middle of its readings", async () => {
    const bytes = await repack(new Map(good));
    const names = [
      "tables/annotations/0001.jsonl",
      "objects/series/2/1/base.arrow",
      "readable/readings/3.csv",
    ];
    for (const name of names) {
      const found = bytes.indexOf(name);
      assert.ok(found > 0, name);
      const place = found + name.length + 60;
      const changed = Buffer.from(bytes);
      changed[place] = changed[place]! ^ 1;
      assert.equal((await importFile(installation, ada, changed)).status, 422);
      assert.equal((await importFile(installation, ada, bytes.subarray(0, place))).status, 422);
    }
    for (const other of [Buffer.alloc(0), Buffer.from("timestamp_pc,b_x\n1,2\n"), Buffer.alloc(4096)]) {
      const { status, body } = await importFile(installation, ada, other);
      assert.equal(status, 422);
      assert.equal(body.details.findings[0]!.code, "not_a_project_file");
    }
    assert.deepEqual(await everything(), kept);
    const { body } = await ada.call<Project[]>("GET", "/api/projects/");
    assert.equal(body.length, 2);
  });
});
