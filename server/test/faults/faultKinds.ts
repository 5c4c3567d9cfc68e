import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import type { Draw } from "../../../bench/cases/draw.ts";
import { childrenOf } from "../support/childrenOf.ts";
import { filesBelow } from "../support/filesBelow.ts";
import type { S3Proxy } from "../support/s3Proxy.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { changeByte } from "./changeByte.ts";
import type { FaultStage } from "./faultStage.ts";
import type { RememberingClient } from "./rememberingClient.ts";

export interface FaultScene {
  readonly stage: FaultStage;
  readonly draw: Draw;
  readonly clients: readonly RememberingClient[];
  readonly s3: S3Proxy | null;
  readonly complain: (what: string) => void;
}

export interface FaultKind {
  readonly name: string;
  /** How often, beside the others. */
  readonly share: number;
  /** Whether it can be made here. */
  possible?(scene: FaultScene): boolean;
  make(scene: FaultScene): Promise<void>;
}

const HOUR_MS = 3_600_000;

const FAULT_KINDS: readonly FaultKind[] = [
  { name: "api killed", share: 4, make: ({ stage }) => stage.restart("api") },
  { name: "worker killed", share: 4, make: ({ stage }) => stage.restart("worker") },
  {
    name: "api stopped in order",
    share: 1,
    make: ({ stage }) => stage.restart("api", { signal: "SIGTERM" }),
  },
  {
    name: "worker stopped in order",
    share: 1,
    make: ({ stage }) => stage.restart("worker", { signal: "SIGTERM" }),
  },
  { name: "job's process killed", share: 3, make: killJobProcess },
  { name: "PostgreSQL killed", share: 3, make: ({ stage }) => stage.killPostgres() },
  { name: "one of PostgreSQL's processes killed", share: 2, make: killBackend },
  { name: "everything killed", share: 2, make: ({ stage }) => stage.killEverything() },
  { name: "database connections ended", share: 2, make: endConnections },
  { name: "clients' connections cut", share: 4, make: async ({ stage }) => stage.proxies.clients.cut() },
  { name: "database connections cut", share: 4, make: async ({ stage }) => stage.proxies.database.cut() },
  { name: "database unreachable", share: 1, make: (scene) => unreachable(scene, "database") },
  { name: "database connections slow", share: 1, make: (scene) => slow(scene, "database") },
  { name: "clients' connections slow", share: 1, make: (scene) => slow(scene, "clients") },
  {
    name: "virus scanner cut",
    share: 1,
    possible: ({ stage }) => stage.proxies.clamd !== null,
    make: async ({ stage }) => stage.proxies.clamd!.cut(),
  },
  {
    name: "virus scanner unreachable",
    share: 1,
    possible: ({ stage }) => stage.proxies.clamd !== null,
    make: (scene) => unreachable(scene, "clamd"),
  },
  { name: "api frozen", share: 1, make: ({ stage, draw }) => freeze(stage.pidOf("api"), draw) },
  { name: "worker frozen", share: 1, make: ({ stage, draw }) => freeze(stage.pidOf("worker"), draw) },
  {
    name: "api with another clock",
    share: 1,
    // S3 refuses requests of another time, and the program says so instead of starting.
    possible: ({ s3 }) => s3 === null,
    make: (scene) => moveClock(scene, "api"),
  },
  {
    name: "worker with another clock",
    share: 1,
    // S3 refuses requests of another time, and the program says so instead of starting.
    possible: ({ s3 }) => s3 === null,
    make: (scene) => moveClock(scene, "worker"),
  },
  {
    name: "objects read-only",
    share: 2,
    possible: ({ stage }) => stage.readOnlyBy !== null,
    make: makeReadOnly,
  },
  {
    name: "the disk is full",
    share: 2,
    possible: ({ stage }) => stage.readOnlyBy === "mount",
    make: fillDisk,
  },
  {
    name: "one byte of an object changed",
    share: 3,
    possible: ({ stage }) => stage.objectsDir !== null,
    make: damageObject,
  },
  {
    name: "S3 slows down",
    share: 6,
    possible: ({ s3 }) => s3 !== null,
    make: (scene) => spoilS3(scene, "slow down"),
  },
  {
    name: "S3's answers lost",
    share: 6,
    possible: ({ s3 }) => s3 !== null,
    make: (scene) => spoilS3(scene, "lose the answer"),
  },
  {
    name: "S3's answers cut",
    share: 4,
    possible: ({ s3 }) => s3 !== null,
    make: (scene) => spoilS3(scene, "cut"),
  },
];

/** Draws kinds by their shares, none put back before all are drawn: a long run has made each of them. */
export function drawKinds(scene: FaultScene): () => FaultKind {
  const possible = FAULT_KINDS.filter((kind) => kind.possible?.(scene) ?? true);
  let left: FaultKind[] = [];
  return () => {
    if (left.length === 0) left = possible.flatMap((kind) => new Array<FaultKind>(kind.share).fill(kind));
    return left.splice(scene.draw.integer(0, left.length - 1), 1)[0]!;
  };
}

async function killJobProcess({ stage, draw }: FaultScene): Promise<void> {
  const children = childrenOf(stage.pidOf("worker"));
  if (children.length > 0) killIfThere(draw.pick(children).pid, "SIGKILL");
}

async function killBackend({ stage, draw }: FaultScene): Promise<void> {
  const children = childrenOf(stage.postgresPid());
  if (children.length > 0) killIfThere(draw.pick(children).pid, "SIGKILL");
  // It ends all connections and recovers by itself.
  await sleep(300);
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function endConnections({ stage }: FaultScene): Promise<void> {
  const owner = new pg.Client({ connectionString: stage.ownerUrl });
  await owner.connect();
  await owner.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'magtrace_%' AND pid <> pg_backend_pid()",
  );
  await owner.end();
}

async function unreachable({ stage, draw }: FaultScene, which: "database" | "clamd"): Promise<void> {
  const proxy = stage.proxies[which]!;
  proxy.refuse(true);
  proxy.cut();
  await sleep(draw.integer(200, 1500));
  proxy.refuse(false);
}

async function slow({ stage, draw }: FaultScene, which: "database" | "clients"): Promise<void> {
  stage.proxies[which].delay(draw.integer(20, 200));
  await sleep(1200);
  stage.proxies[which].delay(0);
}

async function freeze(pid: number, draw: Draw): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await sleep(draw.integer(300, 2000));
  process.kill(pid, "SIGCONT");
}

async function moveClock({ stage, draw }: FaultScene, name: "api" | "worker"): Promise<void> {
  await stage.restart(name, { clockMs: draw.pick([-5, -1, 1, 5]) * HOUR_MS });
  await stage.untilHealthy();
  await sleep(draw.integer(500, 1500));
  await stage.restart(name);
}

async function makeReadOnly({ stage, draw }: FaultScene): Promise<void> {
  // Not while a file is open for writing.
  await untilTrue(async () => stage.setReadOnly(true));
  await sleep(draw.integer(300, 1500));
  stage.setReadOnly(false);
}

/** The small file system of the objects, to its last byte. */
async function fillDisk({ stage, draw }: FaultScene): Promise<void> {
  const path = join(stage.objectsDir!, ".filling");
  const piece = Buffer.alloc(1024 * 1024);
  try {
    for (;;) appendFileSync(path, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  await sleep(draw.integer(300, 1500));
  rmSync(path);
}

async function spoilS3(
  { s3, draw }: FaultScene,
  how: "slow down" | "lose the answer" | "cut",
): Promise<void> {
  s3!.decide = () =>
    draw.chance(0.5) ? (how === "cut" ? { cutAfter: draw.integer(0, 2000) } : how) : "pass";
  await sleep(draw.integer(500, 1500));
  s3!.decide = () => "pass";
}

/**
 * Changes a byte of some dataset's readings, sees it named, and changes it back. An api that has just read them may still
 * have them, as they were.
 */
async function damageObject({ stage, draw, clients, complain }: FaultScene): Promise<void> {
  const client = draw.pick(clients);
  const datasets = [...client.remembered.datasets.values()];
  if (datasets.length === 0) return;
  const { id } = draw.pick(datasets);
  const owner = new pg.Client({ connectionString: stage.ownerUrl });
  await owner.connect();
  const { rows } = await owner.query<{ object_prefix: string | null }>(
    "SELECT object_prefix FROM magtrace.segments WHERE dataset_id = $1",
    [id],
  );
  await owner.end();
  const prefix = rows[0]?.object_prefix;
  if (prefix == null) return;
  const base = filesBelow(join(stage.objectsDir!, prefix)).find((path) => path.endsWith("base.arrow"));
  if (base === undefined) return complain(`dataset ${id} has no base.arrow`);
  const { at, undo } = changeByte(base, draw);
  const readings = () => client.api.call("GET", `/api/datasets/${id}/data/?max_points=20000`);
  const damaged = await readings();
  undo();
  if (damaged === null || damaged.body?.code === "damaged_object" || damaged.status === 503) return;
  if (damaged.status !== 200)
    return complain(
      `byte ${at} of dataset ${id} was changed, and its readings are answered ${damaged.status}`,
    );
  const whole = await readings();
  if (whole?.status === 200 && !isDeepStrictEqual(damaged.body, whole.body))
    complain(`byte ${at} of dataset ${id} was changed, and its readings with it`);
}
