import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createPool } from "../server/src/platform/database/pool.ts";
import { connectEmbedded } from "../server/src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { firstProject, seedProjects } from "./api/seedProjects.ts";
import type { Print } from "./bench.ts";
import { withInstallation } from "./installation.ts";
import { HttpConnection, type HttpRequest, requestBytes } from "./load/httpConnection.ts";
import { makeTrainable, type Trainable } from "./load/makeTrainable.ts";
import { median, percentile } from "./measure.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { uploadStream } from "./uploadStream.ts";

export const name = "load";

const USERS = 50;
const PROJECTS = 20;
/** 10 MB of CSV. */
const UPLOAD_ROWS = 100_000;
const LEAST_THINK_MS = 1_000;
const MOST_THINK_MS = 5_000;

type Kind = "list" | "upload" | "training_asked";
/** What people do, in these shares. */
const SHARES: readonly Kind[] = ["list", "list", "list", "upload", "upload", "training_asked"];

interface Place extends Trainable {
  readonly url: string;
  readonly port: number;
  readonly projectId: number;
  readonly csv: readonly Buffer[];
}

interface Seen {
  readonly timesMs: Record<Kind, number[]>;
  readonly errors: string[];
}

/**
 * 50 people of one organisation who list its projects, upload files of 10 MB and have models trained, 3 to 2 to 1, with 1
 * to 5 s of thought in between. An upload counts until its readings can be read; a training until it is accepted. What
 * was begun is waited for. Throws when anything was refused. Option: --minutes N (3).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { minutes: { type: "string" } } });
  const forMs = 60_000 * Number(values.minutes ?? 3);
  await withInstallation(async ({ url, dataDir }) => {
    const ownerUrl = await connectEmbedded(dataDir);
    assert.ok(ownerUrl !== null);
    const owner = createPool({ url: ownerUrl, size: 1, name: "bench" });
    const seeded = await seedProjects(owner, { projects: PROJECTS, people: USERS });
    const projectId = await firstProject(owner, seeded.organization);
    await owner.end();
    const trainable = await makeTrainable({ url, token: seeded.owners[0]!, projectId });
    const csv = [...syntheticCsv({ rows: UPLOAD_ROWS, columns: "full" })];
    const place = { url, port: Number(new URL(url).port), projectId, csv, ...trainable };
    const seen: Seen = { timesMs: { list: [], upload: [], training_asked: [] }, errors: [] };
    const end = performance.now() + forMs;
    await Promise.all(seeded.owners.map((token, index) => beUser(place, { token, index, end }, seen)));
    print("load_upload_size", csv.reduce((sum, { length }) => sum + length, 0) / 1e6, "MB");
    for (const [kind, timesMs] of Object.entries(seen.timesMs)) {
      print(`load_${kind}_count`, timesMs.length, "");
      if (timesMs.length === 0) continue;
      print(`load_${kind}_p50`, median(timesMs), "ms");
      print(`load_${kind}_p99`, percentile(timesMs, 0.99), "ms");
    }
    print("load_errors", seen.errors.length, "");
    assert.deepEqual(seen.errors.slice(0, 5), [], "something was refused");
  });
}

interface User {
  readonly token: string;
  readonly index: number;
  /** When nothing more is begun, by the clock of performance.now(). */
  readonly end: number;
}

async function beUser(place: Place, { token, index, end }: User, seen: Seen): Promise<void> {
  const random = createRandom(index + 1);
  const think = () => LEAST_THINK_MS + random() * (MOST_THINK_MS - LEAST_THINK_MS);
  const actions: Record<Kind, () => Promise<unknown>> = {
    list: () => ask(place, { method: "GET", path: "/api/projects/", token }),
    upload: () => uploadStream({ ...place, token, name: `user-${index}.csv`, chunks: place.csv }),
    training_asked: () => ask(place, startTraining(place, token)),
  };
  // They do not all come at once.
  await delay(random() * MOST_THINK_MS);
  while (performance.now() < end) {
    const kind = SHARES[Math.floor(random() * SHARES.length)]!;
    const begun = performance.now();
    try {
      await actions[kind]();
      seen.timesMs[kind].push(performance.now() - begun);
    } catch (error) {
      seen.errors.push(`${kind}: ${error instanceof Error ? error.message : error}`);
    }
    await delay(think());
  }
}

function startTraining({ model, dataset }: Trainable, token: string): HttpRequest {
  const body = JSON.stringify({ model_id: model, dataset_id: dataset });
  return { method: "POST", path: "/api/training-sessions/start_training/", token, body };
}

/** On a connection of its own: one that was kept may have been closed while its user waited for an upload. */
async function ask({ port }: Place, request: HttpRequest): Promise<void> {
  const connection = new HttpConnection(port);
  const { status } = await connection.ask(requestBytes(`127.0.0.1:${port}`, request));
  connection.close();
  if (status < 200 || status > 299) throw new Error(`${request.path} answered ${status}`);
}

/** Each user's own, so that who does what does not depend on how fast the others are answered. */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
