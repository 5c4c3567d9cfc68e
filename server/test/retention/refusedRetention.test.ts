import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { ErrorBody, LegalHold, Project, Retention } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

describe("retention refuses", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let project: Project;
  let path: string;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    ada = await installation.addUser({ name: "ada", organization: "North" });
    project = (await ada.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
    path = `/api/organizations/${project.organization}/retention/`;
  });

  async function assertRefused(
    [method, part, body]: [method: string, part: string, body: unknown],
    wanted: { status: number; code: string; says: RegExp },
  ): Promise<void> {
    const answer = await ada.call<ErrorBody>(method, path + part, body);
    assert.deepEqual([answer.status, answer.body.code], [wanted.status, wanted.code]);
    assert.match(answer.body.error, wanted.says);
  }

  const invalid = (says: RegExp) => ({ status: 400, code: "validation_failed", says });
  const read = async () => (await ada.call<Retention>("GET", path)).body;

  test("a kind that is given twice, and sets neither", async () => {
    const policies = [90, 400].map((keep_days) => ({ kind: "originals", keep_days, recoverable_days: 30 }));
    await assertRefused(["PUT", "", { policies }], invalid(/policies must have each kind once/));
    assert.deepEqual((await read()).policies, []);
  });

  test("to bring back audit entries, deleted projects, or what is no kind", async () => {
    for (const kind of ["audit", "deleted_projects", "everything"]) {
      await assertRefused(["POST", "restore/", { kind }], invalid(/kind must be/));
    }
  });

  test("a legal hold without a reason", async () => {
    const holds = ["POST", "holds/"] as const;
    await assertRefused([...holds, { project: project.id, reason: "" }], invalid(/reason must/));
    await assertRefused([...holds, { project: project.id }], invalid(/reason/));
    assert.deepEqual((await read()).holds, []);
  });

  test("to lift another organisation's legal hold, and leaves it in force", async () => {
    const eve = await installation.addUser({ name: "eve", organization: "East" });
    const theirs = (await eve.call<Project>("POST", "/api/projects/", { name: "Theirs" })).body;
    const theirPath = `/api/organizations/${theirs.organization}/retention/`;
    const hold = { project: theirs.id, reason: "a dispute" };
    assert.equal((await eve.call<LegalHold>("POST", `${theirPath}holds/`, hold)).status, 201);
    const unknown = { status: 404, code: "not_found", says: /no such project, or you may not see it/ };
    await assertRefused(["POST", "lift/", { project: theirs.id }], unknown);
    await assertRefused(["POST", "lift/", { project: 999_999 }], unknown);
    const { holds } = (await eve.call<Retention>("GET", theirPath)).body;
    assert.deepEqual(
      holds.map(({ lifted_at }) => lifted_at),
      [null],
    );
  });
});
