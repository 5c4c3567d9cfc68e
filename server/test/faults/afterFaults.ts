import { join, relative } from "node:path";
import pg from "pg";
import type { Draw } from "../../../bench/cases/draw.ts";
import { objectsOf } from "../../src/cli/objectsOf.ts";
import { readConfig } from "../../src/config.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import { type Finding, findingLine, isHarmless } from "../../src/system/objectChecks/findings.ts";
import { fsck } from "../../src/system/objectChecks/fsck.ts";
import { isSwept, sweep } from "../../src/system/sweep.ts";
import { filesBelow } from "../support/filesBelow.ts";
import { magtrace } from "../support/magtrace.ts";
import { noRoleUrls } from "../support/testServer.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { changeByte } from "./changeByte.ts";
import type { FaultStage } from "./faultStage.ts";

const DAY_MS = 86_400_000;

/**
 * Every job ended, nothing is missing, nothing stays that nobody speaks of, the audit's chain is whole, and fsck finds
 * nothing; then it finds the byte that is changed for it.
 */
export async function checkInstallation(
  stage: FaultStage,
  draw: Draw,
  complain: (what: string) => void,
): Promise<void> {
  const { environment, ownerUrl } = stage;
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const count = async (sql: string) => Number((await owner.query<{ n: string }>(sql)).rows[0]!.n);
  await untilTrue(
    async () =>
      (await count(
        "SELECT (SELECT count(*) FROM magtrace.datasets WHERE status IN ('pending', 'running')) + (SELECT count(*) FROM magtrace.training_sessions WHERE status IN ('pending', 'running')) + (SELECT count(*) FROM magtrace.predictions WHERE status IN ('pending', 'running')) AS n",
      )) === 0,
  ).catch(() => complain("work stays pending or running"));
  await checkEndedOnce(owner, complain);
  await owner.end();

  const platform = await openPlatform(readConfig(environment), "worker");
  const { accountsPool, sealing, deps } = platform;
  const swept = { accountsPool, objectRows: sealing.rows, objects: deps.objects, log: silentLog() };
  // In three days nothing is too young to be judged.
  const first = await sweep(swept, Date.now() + 3 * DAY_MS);
  for (const place of first.missing) complain(`${place} is missing`);
  const second = await sweep(swept, Date.now() + 3 * DAY_MS);
  if (second.deletedObjects > 0) complain(`the sweep left ${second.deletedObjects} objects to a second one`);
  await platform.close();

  const { status, out, err } = await magtrace(["audit", "verify"], environment);
  if (status !== 0) complain(`audit verify: ${out}${err}`);

  const found = await runFsck(environment, complain);
  for (const { kind, words } of found) complain(`fsck: ${kind}: ${words}`);
  if (stage.objectsDir !== null) await checkFsckNamesDamage(stage, draw, complain);
}

/** The audit has each change of a row: nothing was completed twice, whoever was killed at it. */
async function checkEndedOnce(owner: pg.Client, complain: (what: string) => void): Promise<void> {
  const { rows } = await owner.query<{ subject: string; times: number }>(
    `SELECT subject, count(*)::int AS times
     FROM (SELECT subject, after FROM audit.entries UNION ALL SELECT subject, after FROM audit.inbox) AS changes
     WHERE jsonb_path_exists(after, '$.**.status ? (@ == "completed")') GROUP BY subject`,
  );
  if (rows.length === 0) complain("the audit has nothing that was completed");
  for (const { subject, times } of rows)
    if (subject !== null && times > 1) complain(`${subject} was completed ${times} times`);
}

/** Between two faults, beside the load: rows, lists and lengths agree, labels lie within, and the audit is whole. */
export async function checkQuickly(
  { environment, ownerUrl }: FaultStage,
  complain: (what: string) => void,
): Promise<void> {
  const url = runtimeUrls(noRoleUrls, ownerUrl).accounts;
  const pool = createPool({ url, size: 4, name: "faults" });
  try {
    await fsck(
      { accountsPool: pool, ...(await objectsOf(readConfig(environment), pool)) },
      {
        nowMs: Date.now(),
        quick: true,
        repair: false,
        onProgress: () => {},
        onFinding: (finding) => {
          // A deletion that was killed leaves an orphan until the sweep; at the end there is none.
          if (!isHarmless(finding.kind) && finding.kind !== "orphan")
            complain(`fsck: ${finding.kind}: ${findingLine(finding)}`);
        },
      },
    );
  } finally {
    await pool.end();
  }
}

/** What there is to be told of: neither what is young nor what is somebody else's. */
async function runFsck(
  environment: Record<string, string>,
  complain: (what: string) => void,
): Promise<Finding[]> {
  const { status, out, err } = await magtrace(["fsck", "--json"], environment);
  const lines = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { finding?: Finding; verdict?: string });
  const found = lines.flatMap(({ finding }) => (finding && !isHarmless(finding.kind) ? [finding] : []));
  const wanted = found.length === 0 ? "clean" : "faults";
  if (lines.at(-1)?.verdict !== wanted || status !== (found.length === 0 ? 0 : 74))
    complain(`fsck ends with ${status}: ${out.slice(-500)}${err}`);
  return found;
}

/** One byte of one object is changed: fsck names that one, and no other. */
async function checkFsckNamesDamage(
  { objectsDir, environment }: FaultStage,
  draw: Draw,
  complain: (what: string) => void,
): Promise<void> {
  const keys = filesBelow(objectsDir!)
    .map((path) => relative(objectsDir!, path))
    .filter(isSwept);
  if (keys.length === 0) return complain("no object is stored");
  const key = draw.pick(keys);
  const path = join(objectsDir!, key);
  const { at, undo } = changeByte(path, draw);
  const found = await runFsck(environment, complain);
  undo();
  const named = found.map((finding) => `${finding.kind} ${finding.key}: ${finding.words}`).join("\n");
  if (found.length !== 1 || found[0]!.kind !== "damaged" || found[0]!.key !== key)
    complain(`byte ${at} of ${key} was changed, and fsck says: ${named || "all is well"}`);
}
