import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Annotation, Project } from "@magtrace/contracts";
import { categoriesOf, label, ok, simulateSurvey, upload } from "../support/learningStage.ts";
import { spawnApi } from "../support/spawnApi.ts";
import { spawnWorker } from "../support/spawnWorker.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { type ApiCaller, callerOf, startTestInstallation } from "../support/testInstallation.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

/** The commit before the one that brought the newest migration. */
async function commitBeforeNewestMigration(): Promise<string> {
  const migrations = readdirSync(join(root, "server/migrations")).filter((name) => name.endsWith(".sql"));
  const newest = `server/migrations/${migrations.sort().at(-1)}`;
  const { stdout } = await run("git", ["log", "-1", "--diff-filter=A", "--format=%P", "--", newest], {
    cwd: root,
  });
  const [commit] = stdout.trim().split(" ");
  assert.ok(commit, `${newest} is not committed, or the history ends with it`);
  return commit;
}

/** A release that was unpacked has none, and a clone may have been told to leave it out. */
async function whyNoHistory(): Promise<string | null> {
  try {
    const { stdout } = await run("git", ["rev-parse", "--is-shallow-repository"], { cwd: root });
    return stdout.trim() === "true" ? "this clone was made without the history" : null;
  } catch {
    return "this folder is no clone with a history";
  }
}

/** The code of a commit, with the libraries of this one. */
async function unpack(commit: string): Promise<string> {
  const folder = temporaryFolder();
  const archive = join(folder, "code.tar");
  await run("git", ["archive", "--output", archive, commit], { cwd: root });
  await run("tar", ["-xf", archive, "-C", folder]);
  for (const place of [
    "",
    "server",
    "web",
    ...readdirSync(join(folder, "packages")).map((name) => `packages/${name}`),
  ]) {
    const libraries = join(root, place, "node_modules");
    if (!existsSync(libraries)) continue;
    mkdirSync(join(folder, place, "node_modules"));
    for (const name of readdirSync(libraries)) {
      if (name === "@magtrace") continue;
      symlinkSync(join(libraries, name), join(folder, place, "node_modules", name));
    }
  }
  mkdirSync(join(folder, "node_modules/@magtrace"));
  for (const name of readdirSync(join(folder, "packages")))
    symlinkSync(join(folder, "packages", name), join(folder, "node_modules/@magtrace", name));
  return folder;
}

async function workThrough(caller: ApiCaller, name: string): Promise<void> {
  const { id } = await ok<Project>(caller, "POST", "/api/projects/", { name });
  const survey = simulateSurvey({ seed: 3, rows: 1_000 });
  const dataset = await upload(caller, id, survey.csv);
  assert.equal(dataset.total_records, 1_000);
  assert.equal((await label(caller, dataset, survey.events)).length, survey.events.length);
  const listed = await ok<Annotation[]>(caller, "GET", `/api/annotations/?dataset_id=${dataset.id}`);
  assert.equal(listed.length, survey.events.length);
  const rows = await ok<unknown[]>(
    caller,
    "GET",
    `/api/datasets/${dataset.id}/data/?start_index=0&end_index=9`,
  );
  assert.equal(rows.length, 10);
  assert.ok("Motor" in (await categoriesOf(caller, id)));
}

test("processes of the version before work on the newest schema, beside those of this one", async (t) => {
  const lacking = await whyNoHistory();
  if (lacking !== null) return t.skip(lacking);
  const code = join(await unpack(await commitBeforeNewestMigration()), "server");
  const installation = await startTestInstallation(t);
  const ann = await installation.addUser({ name: "ann", organization: "North" });
  await installation.stopWorker();
  spawnWorker(t, installation.config, code);
  const { address } = await spawnApi(t, installation, {}, code);
  await workThrough(callerOf(address, ann.token), "by the version before");
  // What the new api begins, the old worker does.
  await workThrough(ann, "by this version");
});
