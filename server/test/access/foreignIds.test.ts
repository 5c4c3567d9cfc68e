import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Asker, gatherAskers, type Stage } from "./askers.ts";
import { type Baseline, takeBaseline } from "./baseline.ts";
import { type Endpoint, endpointsOf, send, withParams } from "./calls.ts";
import type { Expectation, Sample } from "./expectation.ts";
import { expectations, rowOfParameter } from "./expectations.ts";
import { furtherPositions, type IdPosition, idPositions, withId } from "./idPositions.ts";
import { setAccessStage } from "./stage.ts";

/** No row of any kind has it. */
const NOBODYS = 987_654_321;

/** What is the same for everybody, and what is of the installation: there is no other tenant. */
const WITHOUT_TENANT = new Set(["served", "open", "install", "cookie", "cookieW"]);

/** Filters of what is one's own anyway: nothing of it is of theirs. */
const NARROWING = new Set(["annotation_id", "user_id"]);

describe("an id of another team is as good as one that does not exist", () => {
  const cleanup = suiteCleanup();
  let stage: Stage;
  let asker: Asker;
  let baseline: Baseline;
  let endpoints: Endpoint[];

  before(async () => {
    stage = await setAccessStage(cleanup);
    asker = (await gatherAskers(stage)).organizationOwner;
    const { config, database } = stage.installation;
    baseline = await takeBaseline(cleanup, {
      ownerUrl: database.ownerUrl,
      objectsDir: join(config.MAGTRACE_DATA_DIR, "objects"),
    });
    endpoints = endpointsOf(stage.installation.api.routes).filter(({ method }) => method !== "HEAD");
  });

  test("every field that looks like an id is known for one", () => {
    const unknown = endpoints.flatMap(({ name, route }) =>
      idPositions(route).unknown.map((place) => `${name}: ${place}`),
    );
    assert.deepEqual(unknown, [], "say in idPositions.ts of what they are");
  });

  test("in every place of every call: the same answer, nothing told, nothing changed", async (t) => {
    const faults: string[] = [];
    let places = 0;
    for (const endpoint of endpoints) {
      const asked = (expectations.get(endpoint.name) ?? []).filter(
        ({ policy }) => !WITHOUT_TENANT.has(policy),
      );
      if (asked.length === 0) continue;
      const { tried, found } = await tryEverywhere(endpoint, asked);
      places += tried;
      const changed = await baseline.differences();
      if (changed.length > 0) {
        found.push(`changed ${changed.join(", ")}`);
        await baseline.restore();
      }
      faults.push(...found.map((fault) => `${endpoint.name}: ${fault}`));
    }
    t.diagnostic(`foreign ids: ${places} places of ${endpoints.length} routes, ${faults.length} unexpected`);
    assert.deepEqual(faults, []);
  });

  async function tryEverywhere(
    endpoint: Endpoint,
    asked: readonly Expectation[],
  ): Promise<{ tried: number; found: string[] }> {
    const samples = asked
      .flatMap((expectation) => expectation.samples)
      .map((make) => withParams(endpoint, make(stage.tenant, asker), stage.tenant));
    const found: string[] = [];
    const { positions } = idPositions(endpoint.route);
    const waiting = new Set(positions);
    let tried = 0;
    for (const sample of samples) {
      const further = furtherPositions(sample, (name) => rowOfParameter(endpoint.path, name));
      for (const position of [...positions, ...further]) {
        const faults = await tryOne(endpoint, sample, position);
        if (!faults) continue;
        tried++;
        waiting.delete(position);
        found.push(...faults.map((fault) => `${position.part} ${position.path.join("/")} ${fault}`));
      }
    }
    for (const { part, path } of waiting) {
      found.push(`no sample in expectations.ts has a place for ${part} ${path.join("/")}`);
    }
    return { tried, found };
  }

  async function tryOne(
    endpoint: Endpoint,
    sample: Sample,
    position: IdPosition,
  ): Promise<string[] | undefined> {
    const theirs = stage.foreign.ids[position.row];
    const answers = [];
    for (const id of [theirs, NOBODYS]) {
      const call = withId(sample, position, id);
      if (!call) return undefined;
      const { status, text } = await send(stage.installation.api.address, endpoint, call, asker);
      const told = text.replace(/"request_id":"[^"]*"/, "").replaceAll(new RegExp(`\\b${id}\\b`, "g"), "#");
      answers.push({ status, told, text });
    }
    const [foreign, missing] = answers as [(typeof answers)[0], (typeof answers)[0]];
    const faults: string[] = [];
    if (foreign.status !== missing.status || foreign.told !== missing.told) {
      faults.push(
        `answers ${foreign.status} ${foreign.told.slice(0, 150)}, not ${missing.status} ${missing.told.slice(0, 150)}`,
      );
    }
    const narrows = position.part === "query" && NARROWING.has(position.path[0]!);
    if (foreign.status < 400 && !narrows)
      faults.push(`answers ${foreign.status} ${foreign.told.slice(0, 100)}`);
    for (const word of [stage.foreign.projectWord, stage.foreign.organizationWord]) {
      if (foreign.text.includes(word)) faults.push(`tells of ${word}`);
    }
    return faults;
  }
});
