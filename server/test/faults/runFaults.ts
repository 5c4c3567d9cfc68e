import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { createDraw } from "../../../bench/cases/draw.ts";
import type { S3Proxy } from "../support/s3Proxy.ts";
import { checkInstallation, checkQuickly } from "./afterFaults.ts";
import { ApiClient } from "./callApi.ts";
import { checkDataset, checkRemembered } from "./checkRemembered.ts";
import { checkRows } from "./checkRows.ts";
import { drawKinds, type FaultKind, type FaultScene } from "./faultKinds.ts";
import type { FaultStage } from "./faultStage.ts";
import { FaultWindows } from "./faultWindows.ts";
import type { Remembered } from "./remembered.ts";
import { RememberingClient } from "./rememberingClient.ts";

export interface FaultRun {
  readonly stage: FaultStage;
  readonly s3: S3Proxy | null;
  readonly count: number;
  readonly seed: number;
  /** A machine that is much slower makes fewer faults, and says so. */
  readonly mostMs: number;
}

const CLIENTS = Number(process.env.FAULTS_CLIENTS ?? 20);
/** Faults between two looks at everything by the api, and at one dataset. */
const GROUP = 40;
const LOOK = 8;
const GRACE_MS = 4_000;

/** Makes faults under load, and fails unless everything that was acknowledged is there at the end. */
export async function runFaults(t: TestContext, { stage, s3, count, seed, mostMs }: FaultRun): Promise<void> {
  assert.ok(Number.isInteger(count), `${count} faults are asked for`);
  const log = new FaultLog();
  const clients = await makeClients(stage, seed, log);
  // Also where a fault could not be made: clients at work would keep the run from ending.
  t.after(() => Promise.all(clients.map((client) => client.stop())));
  const complain = (what: string) => log.complain(what);
  const scene: FaultScene = { stage, s3, clients, complain, draw: createDraw(seed) };
  for (const client of clients) client.start();
  const began = performance.now();
  const nextKind = drawKinds(scene);
  let made = 0;
  while (made < count && performance.now() - began < mostMs) {
    await makeFault(scene, log, { n: ++made, kind: nextKind() });
    if (made % GROUP !== 0 || made === count) continue;
    log.enter(`after fault ${made}`);
    await checkAll(clients, complain);
    for (const client of clients) client.start();
  }
  const done = performance.now();
  log.enter("after the last fault");
  await checkAll(clients, complain);
  log.enter("at the end");
  await checkInstallation(stage, scene.draw, complain);
  log.enter("after the sweep");
  // What it took was nobody's.
  await checkAll(clients, complain);
  if (made < count) {
    const within = Math.round(mostMs / 1000);
    t.diagnostic(
      `Notice: ${made} of ${count} faults were made within ${within} s. FAULTS_SECONDS says how long.`,
    );
  }
  for (const line of log.lines(clients)) t.diagnostic(line);
  const seconds = (from: number, to: number) => Math.round((to - from) / 1000);
  t.diagnostic(
    `${made} faults in ${seconds(began, done)} s, checked at the end in ${seconds(done, performance.now())} s`,
  );
  const { complaints } = log;
  const shown = complaints.slice(0, 40).join("\n");
  assert.equal(complaints.length, 0, `seed ${seed}: ${complaints.length} complaints\n${shown}`);
  assert.ok(made >= count / 2, `only ${made} of ${count} faults were made`);
  const { datasets, labels } = rememberedBy(clients);
  assert.ok(datasets > 0 && labels > 0, `${datasets} datasets and ${labels} labels were there to be lost`);
}

async function makeFault(
  scene: FaultScene,
  log: FaultLog,
  { n, kind }: { readonly n: number; readonly kind: FaultKind },
): Promise<void> {
  const { stage, draw, clients } = scene;
  log.begin(n, kind.name);
  const end = log.windows.begin();
  await kind.make(scene);
  await stage.untilHealthy();
  end();
  const complain = (what: string) => log.complain(what);
  await checkRows(stage.ownerUrl, clients, complain);
  await checkQuickly(stage, complain);
  const client = draw.pick(clients);
  const datasets = [...client.remembered.datasets.values()];
  if (n % LOOK !== 0 || datasets.length === 0) return;
  // What is cheap, and of one who changes nothing meanwhile.
  await client.stop();
  await checkDataset(client.api, draw.pick(datasets), (what) => log.complain(`${client.name}: ${what}`));
  client.start();
}

async function checkAll(
  clients: readonly RememberingClient[],
  complain: (what: string) => void,
): Promise<void> {
  await Promise.all(clients.map((client) => client.stop()));
  await Promise.all(clients.map((client) => checkRemembered(client, complain)));
}

async function makeClients(stage: FaultStage, seed: number, log: FaultLog): Promise<RememberingClient[]> {
  const { windows } = log;
  const complain = (what: string) => log.complain(what);
  const count = (outcome: string) => log.count(outcome);
  const clients: RememberingClient[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const name = `client${i}`;
    const token = await stage.addUser(name, `Team ${i % 4}`);
    const api = new ApiClient({ address: stage.address, token, name, windows, complain, count });
    clients.push(new RememberingClient({ name, api, complain, draw: createDraw(seed * 100 + i) }));
  }
  await Promise.all(clients.map((client) => client.begin()));
  return clients;
}

/** What was done and what came of it. FAULTS_PROGRESS prints it while it happens. */
class FaultLog {
  readonly #began = performance.now();
  readonly windows = new FaultWindows(GRACE_MS);
  readonly complaints: string[] = [];
  readonly #outcomes = new Map<string, number>();
  readonly #kinds = new Map<string, number>();
  fault = "before the first fault";

  begin(n: number, kind: string): void {
    this.enter(`${n}: ${kind}`);
    add(this.#kinds, kind);
  }

  /** What complaints are put down to from now on. */
  enter(what: string): void {
    this.fault = what;
    progress(`${((performance.now() - this.#began) / 1000).toFixed(1)} s  ${what}`);
  }

  complain(what: string): void {
    this.complaints.push(`[${this.fault}] ${what}`);
    progress(`  ${what}`);
  }

  count(outcome: string): void {
    add(this.#outcomes, outcome);
  }

  lines(clients: readonly RememberingClient[]): string[] {
    const checked = Object.entries(rememberedBy(clients)).map(([name, n]) => `${n} ${name}`);
    return [
      `faults: ${sorted(this.#kinds)}`,
      `answers: ${sorted(this.#outcomes)}`,
      `acknowledged and there: ${checked.join(", ")}`,
    ];
  }
}

/** How many of each were acknowledged to the clients. */
function rememberedBy(clients: readonly RememberingClient[]) {
  const total = (of: (remembered: Remembered) => number) =>
    clients.reduce((sum, { remembered }) => sum + of(remembered), 0);
  return {
    datasets: total(({ datasets }) => datasets.size),
    labels: total(({ datasets }) => [...datasets.values()].reduce((sum, { labels }) => sum + labels.size, 0)),
    trainings: total(({ sessions }) => sessions.size),
    predictions: total(({ predictions }) => predictions.size),
    reviews: total(({ reviewed }) => reviewed.size),
  };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return rows.map(([name, n]) => `${name} ${n}`).join(", ");
}

function progress(line: string): void {
  if (process.env.FAULTS_PROGRESS) process.stderr.write(`${line}\n`);
}
