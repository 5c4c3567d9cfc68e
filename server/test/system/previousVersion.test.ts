import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Annotation, Project } from "@magtrace/contracts";
import { categoriesOf, label, ok, simulateSurvey, upload } from "../support/learningStage.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import {
  type ApiCaller,
  callerOf,
  startTestInstallation,
  type TestInstallation,
} from "../support/testInstallation.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

/** The commit before the one that brought the newest migration; null where the history is not here. */
async function commitBeforeNewestMigration(): Promise<string | null> {
  const migrations = readdirSync(join(root, "server/migrations")).filter((name) => name.endsWith(".sql"));
  const newest = `server/migrations/${migrations.sort().at(-1)}`;
  try {
    const { stdout } = await run("git", ["log", "-1", "--diff-filter=A", "--format=%P", "--", newest], {
      cwd: root,
    });
    return stdout.trim().split(" ")[0] || null;
  } catch {
    return null;
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

/** An api, with its port once it listens, or a worker of the code in `folder`. */
async function start(
  t: TestContext,
  folder: string,
  { kind, config }: { kind: "api" | "worker"; config: TestInstallation["config"] },
): Promise<{ port?: number }> {
  const child = spawn(process.execPath, [join(folder, "server/src/cli.ts"), kind], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      MAGTRACE_DATA_DIR: config.MAGTRACE_DATA_DIR,
      DATABASE_PREPARED_STATEMENTS: "true",
      DATABASE_APP_URL: config.DATABASE_APP_URL,
      DATABASE_ACCOUNTS_URL: config.DATABASE_ACCOUNTS_URL,
      DATABASE_QUEUE_URL: config.DATABASE_QUEUE_URL,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ port?: number }>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { msg, ...facts } = JSON.parse(line) as { msg?: string; port?: number };
    if (msg === "api listens") resolve(facts);
  });
  if (kind === "worker") resolve({});
  child.once("exit", (code) => reject(new Error(`the ${kind} of the version before ended with ${code}`)));
  return promise;
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
  const commit = await commitBeforeNewestMigration();
  if (!commit) return t.skip("the history of this clone does not reach back to the version before");
  const folder = await unpack(commit);
  const installation = await startTestInstallation(t);
  const ann = await installation.addUser({ name: "ann", organization: "North" });
  await installation.stopWorker();
  const { config } = installation;
  await start(t, folder, { kind: "worker", config });
  const { port } = await start(t, folder, { kind: "api", config });
  await workThrough(callerOf(`http://127.0.0.1:${port}`, ann.token), "by the version before");
  // What the new api begins, the old worker does.
  await workThrough(ann, "by this version");
});
