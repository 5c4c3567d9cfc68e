import assert from "node:assert/strict";
import { HttpConnection, requestBytes } from "../load/httpConnection.ts";
import { median, percentile } from "../measure.ts";
import { type ApiBench, type Cost, costOf } from "./apiBench.ts";
import type { Floor } from "./floors.ts";
import { PROJECTS_OF_A_MEMBER, type SeededOrganization } from "./seedProjects.ts";

/** Rows a request, the same whatever there are in all: what is asked for is not to differ, only what lies around it. */
export const ROWS = 20;
/** A page as long as the api answers unless told otherwise. */
const LONG_ROWS = 100;
const CONNECTIONS = 50;
const ALONE_REQUESTS = 300;
const ALONE_WARM_UP = 50;

interface Floors {
  readonly select: Floor;
  readonly bare: Floor;
}

const ourPath = (rows: number) => `/api/projects/?limit=${rows}`;
const floorPath = ({ organization }: SeededOrganization, rows: number) =>
  `/projects/?organization=${organization}&limit=${rows}`;

/** The answers of both sides are the same projects before anything is timed. */
export async function checkAnswers(
  { port }: ApiBench,
  organizations: readonly SeededOrganization[],
  { select }: Floors,
): Promise<void> {
  for (const each of organizations) {
    for (const rows of [ROWS, LONG_ROWS]) {
      const ours = await ask(port, ourPath(rows), each.owners[0]!);
      const floor = await ask(select.port, floorPath(each, rows), "");
      assert.deepEqual(ours.rows, floor.rows, `the lists with ${each.projects} projects differ`);
      assert.equal(ours.rows.length, Math.min(rows, each.projects));
      assert.equal(ours.total, each.projects);
      for (const owner of each.owners.slice(1))
        assert.equal((await ask(port, ourPath(rows), owner)).rows.length, ours.rows.length);
    }
    for (const member of each.members) {
      const { rows, total } = await ask(port, ourPath(ROWS), member);
      assert.equal(rows.length, PROJECTS_OF_A_MEMBER);
      assert.equal(total, PROJECTS_OF_A_MEMBER);
    }
  }
}

async function ask(port: number, path: string, token: string): Promise<{ rows: unknown[]; total: number }> {
  const connection = new HttpConnection(port, { keepsBody: true });
  const request = requestBytes(`127.0.0.1:${port}`, { method: "GET", path, token });
  const { status, headers, body } = await connection.ask(request);
  connection.close();
  assert.equal(status, 200, body.toString("utf8", 0, 300));
  const rows: unknown[] = JSON.parse(body.toString("utf8"));
  return { rows, total: Number(headers.get("x-total-count") ?? rows.length) };
}

/** 50 connections of 50 users, each side for some seconds in turns. */
export async function measureTogether(
  bench: ApiBench,
  { organizations, floors }: { organizations: readonly SeededOrganization[]; floors: Floors },
  { turns, seconds }: { turns: number; seconds: number },
): Promise<void> {
  const largest = organizations.at(-1)!;
  const sides = new Map<string, { run: () => Promise<Cost>; costs: Cost[] }>();
  const side = (name: string, run: () => Promise<Cost>) => sides.set(name, { run, costs: [] });
  const ours = (tokens: readonly string[], rows: number) => () =>
    costOf(bench, { method: "GET", path: ourPath(rows), tokens: tokens.slice(0, CONNECTIONS), seconds });
  const floor = (port: number, path: string) => async () => {
    const tokens = largest.owners.slice(0, CONNECTIONS);
    const { durationsMs, ...rest } = await bench.generator.run({
      port,
      method: "GET",
      path,
      tokens,
      seconds,
    });
    const perSecond = durationsMs.length / rest.seconds;
    return { durationsMs, perSecond, apiMs: 0, postgresMs: 0, workerMs: 0 };
  };
  for (const each of organizations) {
    side(`api_list_${each.projects}`, ours(each.owners, ROWS));
    side(`api_list_member_${each.projects}`, ours(each.members, ROWS));
  }
  side("floor", floor(floors.select.port, floorPath(largest, ROWS)));
  side("node_http", floor(floors.bare.port, "/"));
  side("api_list_long", ours(largest.owners, LONG_ROWS));
  side("floor_long", floor(floors.select.port, floorPath(largest, LONG_ROWS)));
  for (let turn = 0; turn <= turns; turn++) {
    // The first turn warms up.
    for (const { run, costs } of sides.values()) costs[turn === 0 ? 0 : turn - 1] = await run();
  }
  printTogether(bench, organizations, new Map([...sides].map(([name, { costs }]) => [name, costs])));
}

function printTogether(
  { print }: ApiBench,
  organizations: readonly SeededOrganization[],
  sides: ReadonlyMap<string, readonly Cost[]>,
): void {
  const of = (name: string, value: (cost: Cost) => number) => median(sides.get(name)!.map(value));
  const printSide = (name: string, floor: string) => {
    print(
      `${name}_p50_50`,
      of(name, ({ durationsMs }) => median(durationsMs)),
      "ms",
    );
    print(
      `${name}_p99_50`,
      of(name, ({ durationsMs }) => percentile(durationsMs, 0.99)),
      "ms",
    );
    print(
      `${name}_rps`,
      of(name, ({ perSecond }) => perSecond),
      "requests/s",
    );
    print(
      `${name}_cpu`,
      of(name, ({ apiMs, postgresMs }) => apiMs + postgresMs),
      "ms",
    );
    print(
      `${name}_cpu_api`,
      of(name, ({ apiMs }) => apiMs),
      "ms",
    );
    print(
      `${name}_cpu_postgres`,
      of(name, ({ postgresMs }) => postgresMs),
      "ms",
    );
    print(
      `${name}_cpu_worker`,
      of(name, ({ workerMs }) => workerMs),
      "ms",
    );
    const ratios = sides
      .get(name)!
      .map(({ perSecond }, turn) => perSecond / sides.get(floor)![turn]!.perSecond);
    print(`${name}_floor_ratio`, median(ratios), "");
  };
  print(
    "node_http_rps",
    of("node_http", ({ perSecond }) => perSecond),
    "requests/s",
  );
  print(
    "api_list_floor_rps",
    of("floor", ({ perSecond }) => perSecond),
    "requests/s",
  );
  print(
    "api_list_long_floor_rps",
    of("floor_long", ({ perSecond }) => perSecond),
    "requests/s",
  );
  for (const { projects } of organizations) printSide(`api_list_${projects}`, "floor");
  printSide("api_list_long", "floor_long");
  for (const { projects } of organizations) printSide(`api_list_member_${projects}`, "floor");
  const largest = `api_list_${organizations.at(-1)!.projects}`;
  print(
    "api_list_p99_50",
    of(largest, ({ durationsMs }) => percentile(durationsMs, 0.99)),
    "ms",
  );
  print(
    "api_list_rps",
    of(largest, ({ perSecond }) => perSecond),
    "requests/s",
  );
  print(
    "api_list_cpu",
    of(largest, ({ apiMs, postgresMs }) => apiMs + postgresMs),
    "ms",
  );
  const ratios = sides
    .get(largest)!
    .map(({ perSecond }, turn) => perSecond / sides.get("floor")![turn]!.perSecond);
  print("api_list_floor_ratio", median(ratios), "");
}

/** One after the other on one connection a side, request by request in turns. */
export async function measureAlone(
  { port, print }: ApiBench,
  organizations: readonly SeededOrganization[],
): Promise<void> {
  const sides = organizations.flatMap((each) => [
    { name: `api_list_alone_${each.projects}`, token: each.owners[0]! },
    { name: `api_list_member_alone_${each.projects}`, token: each.members[0]! },
  ]);
  const opened = sides.map(({ name, token }) => ({
    name,
    connection: new HttpConnection(port),
    request: requestBytes(`127.0.0.1:${port}`, { method: "GET", path: ourPath(ROWS), token }),
    timesMs: [] as number[],
  }));
  for (let turn = 0; turn < ALONE_WARM_UP + ALONE_REQUESTS; turn++) {
    for (const { connection, request, timesMs } of opened) {
      const begun = performance.now();
      const { status } = await connection.ask(request);
      if (turn >= ALONE_WARM_UP) timesMs.push(performance.now() - begun);
      assert.equal(status, 200);
    }
  }
  const medians = new Map(opened.map(({ name, timesMs }) => [name, median(timesMs)]));
  for (const { name, connection } of opened) {
    connection.close();
    print(name, medians.get(name)!, "ms");
  }
  const [least, most] = [organizations[0]!.projects, organizations.at(-1)!.projects];
  for (const kind of ["api_list", "api_list_member"])
    print(
      `${kind}_growth`,
      medians.get(`${kind}_alone_${most}`)! / medians.get(`${kind}_alone_${least}`)!,
      "",
    );
}
