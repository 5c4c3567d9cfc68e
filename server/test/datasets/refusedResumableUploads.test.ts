import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, Project, Upload } from "@magtrace/contracts";
import pg from "pg";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { type TusAnswer, TusClient } from "../support/tusClient.ts";
import { untilTrue } from "../support/untilTrue.ts";

const UPLOADS = "/api/datasets/uploads/";
const CSV = Buffer.from("timestamp_pc,b_x,b_y,b_z\n0,1,2,3\n1,2,3,4\n");
const BYTES = { "content-type": "application/offset+octet-stream" };
/** How many one person may have begun and not ended. */
const MOST_OPEN = 200;

describe("a resumable upload", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let client: TusClient;
  let project: Project;
  let database: pg.Client;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    client = new TusClient(installation.api.address, owner.token!);
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body;
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  const metadata = () => `project ${base64(String(project.id))}`;

  /** Begins one with these headers alone, as no client does. */
  const begin = (headers: Record<string, string>) => client.send("POST", UPLOADS, { headers });

  function assertRefused(
    { status, body }: TusAnswer,
    wanted: { status: number; code: string; says: RegExp },
  ) {
    assert.deepEqual([status, body.code], [wanted.status, wanted.code], JSON.stringify(body));
    assert.match(body.error!, wanted.says);
  }

  /** With the first ten bytes there. */
  async function begun(): Promise<string> {
    const path = await client.begin(CSV.length, { project: project.id });
    assert.equal((await client.patch(path, 0, CSV.subarray(0, 10))).status, 204);
    return path;
  }

  /** Where the upload is, and its dataset. */
  async function completed(): Promise<{ path: string; dataset: string }> {
    const path = await client.begin(CSV.length, { project: project.id });
    const last = await client.patch(path, 0, CSV);
    assert.equal(last.status, 204, JSON.stringify(last.body));
    return { path, dataset: last.headers.get("dataset-location")! };
  }

  describe("is not begun", () => {
    test("without a length, with one that follows later, or with one that is no number of bytes", async () => {
      const code = "bad_request";
      const given = { "upload-metadata": metadata() };
      assertRefused(await begin(given), { status: 400, code, says: /Upload-Length .*header required/ });
      const deferred = await begin({ ...given, "upload-defer-length": "1" });
      assertRefused(deferred, { status: 400, code, says: /defer-length .*not .*supported/ });
      for (const length of ["-1", "1.5", "many"]) {
        const answer = await begin({ ...given, "upload-length": length });
        assertRefused(answer, { status: 400, code, says: /upload-length/ });
      }
    });

    test("without a project, or for another organisation's", async () => {
      const unnamed = { status: 400, code: "validation_failed", says: /project must be the id of a project/ };
      assertRefused(await begin({ "upload-length": "9" }), unnamed);
      assertRefused(await client.create(9, { filename: "a.csv" }), unnamed);
      assertRefused(await client.create(9, { project: "first" }), unnamed);
      const eve = await installation.addUser({ name: "eve", organization: "South" });
      const theirs = (await eve.call<Project>("POST", "/api/projects/", { name: "p" })).body;
      for (const id of [theirs.id, 999_999]) {
        const answer = await client.create(9, { project: id });
        assertRefused(answer, {
          status: 404,
          code: "not_found",
          says: /no such project, or you may not see/,
        });
      }
    });

    test("with a mapping that says nothing one can read a file by", async () => {
      const code = "validation_failed";
      for (const [mapping, says] of [
        ["{", /mapping must be JSON/],
        ['{"unit":"furlong"}', /mapping\/unit must be .*looks like \{"columns"/],
        ['{"columns":7}', /mapping\/columns must be .*looks like \{"columns"/],
      ] as const) {
        assertRefused(await client.create(9, { project: project.id, mapping }), { status: 400, code, says });
      }
    });

    test("with metadata that is not in base64", async () => {
      for (const wrong of ["project 1", `${metadata()},filename a.csv`, `${metadata()},filename !!!!`]) {
        const answer = await begin({ "upload-length": "9", "upload-metadata": wrong });
        assertRefused(answer, { status: 400, code: "bad_request", says: /upload-metadata/ });
      }
    });

    test(`while ${MOST_OPEN} of the same person have not ended`, async () => {
      const bob = await installation.addUser({
        name: "bob",
        organization: "North",
        organizationRole: "admin",
      });
      const theirs = new TusClient(client.address, bob.token!);
      const first = await theirs.begin(9, { project: project.id });
      await database.query(
        `INSERT INTO magtrace.uploads (project_id, organization_id, uploaded_by, name, file_name, length)
         SELECT project_id, organization_id, uploaded_by, name, file_name, length
         FROM magtrace.uploads CROSS JOIN generate_series(2, $2::int) WHERE id = $1`,
        [Number(first.split("/").at(-2)), MOST_OPEN],
      );
      const refused = await theirs.create(9, { project: project.id });
      const says =
        /200 uploads that have not ended\. Finish or cancel some of them: GET \/api\/datasets\/uploads\//;
      assertRefused(refused, { status: 409, code: "conflict", says });
      assert.equal((await client.create(9, { project: project.id })).status, 201);
      assert.equal((await theirs.send("DELETE", first)).status, 204);
      assert.equal((await theirs.create(9, { project: project.id })).status, 201);
    });
  });

  describe("does not go on", () => {
    const rest = CSV.subarray(10);

    test("without an offset, or with one that is no number", async () => {
      const path = await begun();
      const patch = (headers: Record<string, string>) => client.send("PATCH", path, { headers, bytes: rest });
      const code = "bad_request";
      assertRefused(await patch(BYTES), { status: 400, code, says: /Upload-Offset header required/ });
      const answer = await patch({ ...BYTES, "upload-offset": "ten" });
      assertRefused(answer, { status: 400, code, says: /upload-offset/ });
      assert.equal(await client.offset(path), 10);
    });

    test("with bytes of another content type", async () => {
      const path = await begun();
      const wanted = { status: 415, code: "unsupported_media_type", says: /Unsupported Media Type/ };
      for (const type of ["text/csv", "application/octet-stream"]) {
        assertRefused(await client.patch(path, 10, rest, { "content-type": type }), wanted);
      }
      assert.equal(await client.offset(path), 10);
    });

    test("with a checksum of another algorithm, or of another length than its algorithm's", async () => {
      const path = await begun();
      for (const [checksum, says] of [
        [`md5 ${base64("x".repeat(16))}`, /must begin with sha1 or sha256/],
        [`sha256 ${base64("x".repeat(20))}`, /must have the sha256 digest in base64/],
        [`sha1 ${base64("x".repeat(32))}`, /must have the sha1 digest in base64/],
        ["sha256", /must have the sha256 digest in base64/],
      ] as const) {
        const answer = await client.patch(path, 10, rest, { "upload-checksum": checksum });
        assertRefused(answer, { status: 400, code: "bad_request", says });
      }
      assert.equal(await client.offset(path), 10);
    });

    test("once it is complete; who sends nothing more is told its dataset again", async () => {
      const { path, dataset } = await completed();
      const again = await client.patch(path, 0, CSV);
      assertRefused(again, {
        status: 409,
        code: "conflict",
        says: /not where this upload ends\. Ask for its offset/,
      });
      const more = await client.patch(path, CSV.length, Buffer.from("2,3,4,5\n"));
      assert.deepEqual([more.status, more.body.code], [413, "too_large"]);
      const nothing = await client.patch(path, CSV.length, Buffer.alloc(0));
      assert.deepEqual([nothing.status, nothing.headers.get("dataset-location")], [204, dataset]);
      assert.equal((await owner.call<Dataset>("GET", dataset)).body.original_bytes, CSV.length);
    });
  });

  test("leaves its dataset when it is deleted after it was completed", async () => {
    const { path, dataset } = await completed();
    assert.equal((await client.send("DELETE", path)).status, 204);
    assert.equal((await owner.call<Upload>("GET", path)).status, 404);
    await untilTrue(async () => (await owner.call<Dataset>("GET", dataset)).body.status === "completed");
    assert.equal((await owner.call<Dataset>("GET", dataset)).body.total_records, 2);
    const { body: original } = await owner.call("GET", `${dataset}download/`);
    assert.equal(String(original), CSV.toString());
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
