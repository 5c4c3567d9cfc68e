import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createPool } from "../server/src/platform/database/pool.ts";
import { connectEmbedded } from "../server/src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import type { Owner } from "./api/apiBench.ts";
import { firstProject, seedProjects } from "./api/seedProjects.ts";
import type { Print } from "./bench.ts";
import { withInstallation } from "./installation.ts";
import { median } from "./measure.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { uploadStream } from "./uploadStream.ts";

export const name = "queue";

const ROWS = 50;
const SMALL_FILES = 20;
const FILES_OF_ANOTHER = 60;
/** Long enough for a worker that sleeps between looks to be asleep. */
const IDLE_MS = 7_000;

interface Uploader {
  readonly url: string;
  readonly token: string;
  readonly projectId: number;
}

/**
 * How long small files wait to be read: 20 of one user sent at once to an idle installation, and one beside 60 of
 * somebody else, in the same organisation and in another. From the first byte of the first request until the last is
 * readable. Option: --turns N (3).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { turns: { type: "string" } } });
  const turns = Number(values.turns ?? 3);
  await withInstallation(async ({ url, dataDir }) => {
    const ownerUrl = await connectEmbedded(dataDir);
    assert.ok(ownerUrl !== null);
    const owner = createPool({ url: ownerUrl, size: 1, name: "bench" });
    try {
      const [ours, theirs] = [
        await seedProjects(owner, { projects: 10, people: 2 }),
        await seedProjects(owner, { projects: 20, people: 1 }),
      ];
      const projectId = await firstProject(owner, ours.organization);
      const somebody = { url, token: ours.owners[0]!, projectId };
      const colleague = { url, token: ours.owners[1]!, projectId };
      const stranger = {
        url,
        token: theirs.owners[0]!,
        projectId: await firstProject(owner, theirs.organization),
      };
      const alone: number[] = [];
      for (let turn = 0; turn < turns; turn++) {
        await delay(IDLE_MS);
        alone.push(await timeUploads(somebody, SMALL_FILES));
      }
      print("queue_small_20", median(alone) / 1000, "s");
      print("queue_small_20_max", Math.max(...alone) / 1000, "s");
      for (const [place, other] of Object.entries({ same: colleague, another: stranger })) {
        const { besideMs, allMs } = await timeBeside(owner, somebody, other);
        print(`queue_small_60_${place}`, allMs / 1000, "s");
        print(`queue_small_beside_${place}_organization`, besideMs / 1000, "s");
      }
    } finally {
      await owner.end();
    }
  });
}

/** @returns ms until all of so many files, sent at once, can be read. */
async function timeUploads(uploader: Uploader, files: number): Promise<number> {
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: files }, async (_, index) => {
      const chunks = syntheticCsv({ rows: ROWS, columns: "field" });
      const dataset = await uploadStream({ ...uploader, name: `small-${index}.csv`, chunks });
      assert.equal(dataset.total_records, ROWS);
    }),
  );
  return performance.now() - begun;
}

/** One file of `other` that is sent once all of somebody's are known, though perhaps not read. */
async function timeBeside(owner: Owner, somebody: Uploader, other: Uploader) {
  const count = async () => {
    const text = "SELECT count(*)::int AS n FROM magtrace.datasets WHERE project_id = $1";
    return (await owner.query<{ n: number }>(text, [somebody.projectId])).rows[0]!.n;
  };
  const before = await count();
  const all = timeUploads(somebody, FILES_OF_ANOTHER);
  while ((await count()) < before + FILES_OF_ANOTHER) await delay(10);
  const besideMs = await timeUploads(other, 1);
  return { besideMs, allMs: await all };
}
