import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Asker, gatherAskers, type Stage } from "./askers.ts";
import { type Baseline, takeBaseline } from "./baseline.ts";
import { type Endpoint, endpointsOf, type Given, SAFE, send, withParams } from "./calls.ts";
import type { Expectation, MakeSample } from "./expectation.ts";
import { expectations } from "./expectations.ts";
import { refusalFaults } from "./refusals.ts";
import { setAccessStage } from "./stage.ts";
import { type AskerName, askerNames, type Verdict, verdict } from "./verdicts.ts";

const SIDE_BY_SIDE = 8;
/** HEAD is GET to the program; enough to see that it is so. */
const A_FEW: readonly AskerName[] = [
  "nobody",
  "expiredToken",
  "session",
  "readToken",
  "member",
  "foreign:owner",
];
/** Thousands of calls on a machine that has other things to do. */
const MOST_MS = 15 * 60_000;

/** Every route × everybody, from the routes that a running api says it has. */
describe("who may do what", () => {
  const cleanup = suiteCleanup();
  let stage: Stage;
  let askers: Record<AskerName, Asker>;
  let baseline: Baseline;
  let endpoints: Endpoint[];

  before(async () => {
    stage = await setAccessStage(cleanup);
    askers = await gatherAskers(stage);
    const { config, database } = stage.installation;
    baseline = await takeBaseline(cleanup, {
      ownerUrl: database.ownerUrl,
      objectsDir: join(config.MAGTRACE_DATA_DIR, "objects"),
    });
    endpoints = endpointsOf(stage.installation.api.routes);
  });

  test("every route has its entry in expectations.ts, and every entry its route", () => {
    const served = new Set(endpoints.map(({ name }) => name));
    const missing = [...served].filter((name) => expectationsOf(name).length === 0);
    assert.deepEqual(
      missing,
      [],
      "add them to server/test/access/expectations.ts: who may call them, and how",
    );
    const gone = [...expectations.keys()].filter((name) => !served.has(name));
    assert.deepEqual(gone, [], "nothing answers to these entries of server/test/access/expectations.ts");
  });

  const everybody = "everybody is told what the table says, refusals tell nothing else and change nothing";
  test(everybody, { timeout: MOST_MS }, async (t) => {
    const unexpected: string[] = [];
    const told: Given[] = [];
    for (const endpoint of endpoints) {
      for (const expectation of expectationsOf(endpoint.name)) {
        for (const sample of expectation.samples) {
          const { answers, faults } = await askEverybody(endpoint, expectation, sample);
          told.push(...answers);
          unexpected.push(...gathered(faults).map((fault) => `${endpoint.name}: ${fault}`));
        }
      }
    }
    const refused = told.filter(({ status }) => status >= 400).length;
    t.diagnostic(
      `access matrix: ${endpoints.length} routes × ${askerNames.length} actors = ${told.length} calls, ${refused} refused, ${unexpected.length} unexpected`,
    );
    assert.deepEqual(unexpected, []);
  });

  /** Whoever is to change nothing, side by side; then, one after the other, those who may. */
  async function askEverybody(
    endpoint: Endpoint,
    expectation: Expectation,
    sample: MakeSample,
  ): Promise<{ answers: Given[]; faults: Fault[] }> {
    const faults: Fault[] = [];
    const answers: Given[] = [];
    const expectedOf = (name: AskerName) => {
      const expected = expectation.but?.[name] ?? verdict(expectation.policy, name);
      const isTheirs = !expectation.ownersAlone || askers[name].person === stage.tenant.people.owner;
      return expected === "ok" && !isTheirs ? 404 : expected;
    };
    const ask = (name: AskerName) => {
      const made = withParams(endpoint, sample(stage.tenant, askers[name]), stage.tenant);
      return send(stage.installation.api.address, endpoint, made, askers[name]);
    };
    const note = (name: AskerName, given: Given) => {
      answers.push(given);
      const { success, tells = false } = expectation;
      const expected = { verdict: expectedOf(name), success };
      faults.push(...faultsOf(given, { expected, name, endpoint, tells }).map((fault) => ({ name, fault })));
    };
    const changes = (name: AskerName) => {
      const expected = expectedOf(name);
      return !SAFE.has(endpoint.method) && (expected === "ok" || expected < 300);
    };
    const asked = endpoint.method === "HEAD" ? A_FEW : askerNames;
    const quiet = asked.filter((name) => !changes(name));
    for (const some of chunksOf(quiet, SIDE_BY_SIDE)) {
      const given = await Promise.all(some.map(ask));
      for (const [i, name] of some.entries()) note(name, given[i]!);
    }
    if ((await baseline.differences()).length > 0) faults.push(...(await whoChanged(quiet, ask)));
    for (const name of asked.filter(changes)) {
      note(name, await ask(name));
      await baseline.restore();
    }
    const isSuccess = ({ status }: Given) => status < 300 || status === expectation.success;
    if (endpoint.method !== "HEAD" && !answers.some(isSuccess)) {
      faults.push({ name: "anybody", fault: "is refused: its sample in expectations.ts is no good" });
    }
    return { answers, faults };
  }

  /** Something was changed by calls that should not have: one after the other, to tell whose. */
  async function whoChanged(
    quiet: readonly AskerName[],
    ask: (name: AskerName) => Promise<Given>,
  ): Promise<Fault[]> {
    const found: Fault[] = [];
    for (const name of quiet) {
      await baseline.restore();
      await ask(name);
      const changed = await baseline.differences();
      if (changed.length > 0) found.push({ name, fault: `changed ${changed.join(", ")}` });
    }
    await baseline.restore();
    const nobody = { name: "somebody", fault: "changed something, and nobody does when asked again" };
    return found.length > 0 ? found : [nobody];
  }

  interface Call {
    readonly expected: { readonly verdict: Verdict; readonly success: number | undefined };
    readonly name: AskerName;
    readonly endpoint: Endpoint;
    readonly tells: boolean;
  }

  function faultsOf(given: Given, { expected, name, endpoint, tells }: Call): string[] {
    const wanted = expected.verdict === "ok" ? (expected.success ?? "2xx") : expected.verdict;
    const fits = wanted === "2xx" ? given.status >= 200 && given.status < 300 : given.status === wanted;
    const faults = fits ? [] : [`expected ${wanted}, got ${given.status} ${given.text.slice(0, 200)}`];
    const refused = given.status >= 400;
    const { projectWord, organizationWord } = stage.tenant;
    const { sees } = askers[name];
    const secrets = [
      ...(refused || sees !== "project" ? [projectWord] : []),
      ...(sees === "nothing" && !tells ? [organizationWord] : []),
    ];
    for (const word of secrets) if (given.text.includes(word)) faults.push(`was told of ${word}`);
    return refused && endpoint.method !== "HEAD" ? [...faults, ...refusalFaults(given)] : faults;
  }
});

interface Fault {
  readonly name: string;
  readonly fault: string;
}

/** The same fault is told once, with everybody it is of. */
function gathered(faults: readonly Fault[]): string[] {
  const byFault = Map.groupBy(faults, ({ fault }) => fault.replace(/"request_id":"[^"]*"/, "…"));
  return [...byFault].map(([fault, all]) => `${all.map(({ name }) => name).join(", ")}: ${fault}`);
}

function* chunksOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

function expectationsOf(name: string): readonly Expectation[] {
  return expectations.get(name) ?? expectations.get(name.replace(/^HEAD /, "GET ")) ?? [];
}
