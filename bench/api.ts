import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { createPool } from "../server/src/platform/database/pool.ts";
import { connectEmbedded } from "../server/src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import type { ApiBench } from "./api/apiBench.ts";
import { startFloor } from "./api/floors.ts";
import { checkAnswers, measureAlone, measureTogether } from "./api/measureList.ts";
import { measureLoop, watchLoop } from "./api/measureLoop.ts";
import { measureWrites } from "./api/measureWrites.ts";
import { seedProjects } from "./api/seedProjects.ts";
import type { Print } from "./bench.ts";
import { withInstallation } from "./installation.ts";
import { startGenerator } from "./load/startGenerator.ts";

export const name = "api";

const SIZES = [20, 2_000, 20_000];
const PEOPLE = 50;
/** The api's own unless told otherwise. */
const POOL_SIZE = 10;

/**
 * What one request costs: lists of 20 projects of 20, 2,000 and 20,000, asked by 50 people at once and alone, as an
 * organisation's owner and as a member of ten of its projects; beside a bare fastify that answers the same rows with one
 * prepared SELECT, and node:http alone. Then labels, decisions, and how long the api's event loop is held while a dataset
 * and a project are taken away. Options: --turns N (5), --seconds N a turn and side (3), --rows N of the dataset (1e6),
 * --only list, writes or loop.
 */
export async function run(args: string[], print: Print): Promise<void> {
  const options = {
    turns: { type: "string" },
    seconds: { type: "string" },
    rows: { type: "string" },
    only: { type: "string" },
  } as const;
  const { values } = parseArgs({ args, options });
  const [turns, seconds] = [Number(values.turns ?? 5), Number(values.seconds ?? 3)];
  const isAsked = (part: "list" | "writes" | "loop") => (values.only ?? part) === part;
  const watch = watchLoop();
  await withInstallation(async (installation) => {
    const ownerUrl = await connectEmbedded(installation.dataDir);
    assert.ok(ownerUrl !== null);
    const owner = createPool({ url: ownerUrl, size: 1, name: "bench" });
    const generator = startGenerator();
    const floors = {
      select: await startFloor("select", ownerUrl, POOL_SIZE),
      bare: await startFloor("bare", ownerUrl, POOL_SIZE),
    };
    const bench: ApiBench = {
      installation,
      port: Number(new URL(installation.url).port),
      owner,
      generator,
      print,
    };
    try {
      const organizations = [];
      for (const projects of SIZES)
        organizations.push(await seedProjects(owner, { projects, people: PEOPLE }));
      await owner.query("ANALYZE");
      if (isAsked("list")) {
        await checkAnswers(bench, organizations, floors);
        await measureAlone(bench, organizations);
        await measureTogether(bench, { organizations, floors }, { turns, seconds });
      }
      if (isAsked("writes")) await measureWrites(bench, organizations[0]!, { turns, seconds });
      if (isAsked("loop"))
        await measureLoop(bench, {
          watch,
          tokens: organizations.at(-1)!.owners,
          rows: Number(values.rows ?? 1e6),
        });
    } finally {
      generator.stop();
      for (const floor of Object.values(floors)) floor.stop();
      await owner.end();
    }
  }).finally(watch.end);
}
