import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Dataset, DatasetStatistics, Project } from "@magtrace/contracts";
import { decodeWindow } from "@magtrace/series";
import { tableFromIPC } from "apache-arrow";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const ROWS = 5_000;
const SPIKE = 3_333;
const START = Date.UTC(2026, 4, 1, 12);

/** Two sensors, row about; all of b_y negative; one spike of one reading. */
function surveyCsv(): string {
  const lines = ["timestamp_pc,b_x,b_y,b_z,lat,lon,sensor_id"];
  for (let row = 0; row < ROWS; row++) {
    const x = row === (SPIKE * 2) % ROWS ? 90_000 : 20_000 + (row % 10);
    lines.push(
      `${new Date(START + row * 100).toISOString()},${x},-500,43000,47.${row % 7},8.5,${row % 2 ? "=B" : "A"}`,
    );
  }
  return lines.join("\r\n");
}

describe("a dataset", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let project: Project;
  let dataset: Dataset;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body;
    const { status, body } = await owner.upload<Dataset>(project.id, {
      name: "survey.csv",
      bytes: surveyCsv(),
    });
    assert.equal(status, 201);
    dataset = body;
  });

  function get(path: string, accept = "*/*"): Promise<Response> {
    const headers = { authorization: `Bearer ${owner.token}`, accept };
    return fetch(`${installation.api.address}/api/datasets/${dataset.id}/${path}`, { headers });
  }

  test("has its sensors as tracks one after the other, and its statistics", async () => {
    assert.deepEqual(dataset.tracks, [
      { sensor_id: "A", start_index: 0, end_index: ROWS / 2 - 1 },
      { sensor_id: "=B", start_index: ROWS / 2, end_index: ROWS - 1 },
    ]);
    const statistics = (await (await get("statistics/")).json()) as DatasetStatistics;
    assert.equal(statistics.total_records, ROWS);
    assert.deepEqual(statistics.sensors, ["A", "=B"]);
    assert.deepEqual(statistics.magnetic_field_stats.b_y, { min: -500, max: -500, mean: -500, std: 0 });
    assert.equal(statistics.magnetic_field_stats.b_x.max, 90_000);
    assert.equal(statistics.time_range.start, "2026-05-01T12:00:00.000Z");
    assert.equal(statistics.location_range?.lon_max, 8.5);
  });

  test("shows a spike of one reading in ten points of all of it", async () => {
    const points = (await (await get("data/?max_points=10&channels=b_x")).json()) as Record<string, number>[];
    assert.ok(points.length <= 10);
    assert.equal(Math.max(...points.map((point) => point.b_x_max!)), 90_000);
    assert.equal(
      points.reduce((sum, point) => sum + point.count!, 0),
      ROWS,
    );
  });

  test("comes as JSON, CSV and Arrow, by Accept and by format", async () => {
    const json = (await (await get("data/?start_index=1&end_index=2")).json()) as Record<string, unknown>[];
    assert.deepEqual(json[0], {
      index: 1,
      timestamp_pc: "2026-05-01T12:00:00.200Z",
      b_x: 20_002,
      b_y: -500,
      b_z: 43_000,
      b: Math.hypot(20_002, 500, 43_000),
      lat: 47.2,
      lon: 8.5,
      sensor_id: "A",
    });
    const csv = await (await get("data/?start_index=0&end_index=0&channels=b_y", "text/csv")).text();
    assert.equal(csv, "timestamp_pc,b_y,sensor_id\r\n2026-05-01T12:00:00.000Z,-500,A\r\n");
    const arrow = await get("data/?max_points=20&channels=b_y&format=arrow");
    assert.equal(arrow.headers.get("content-type"), "application/vnd.apache.arrow.stream");
    assert.equal(decodeWindow(new Uint8Array(await arrow.arrayBuffer())).channels.length, 1);
  });

  test("neutralises a sensor's name that a spreadsheet would run", async () => {
    const csv = await (await get(`data/?start_index=${ROWS - 1}&channels=b_y&format=csv`)).text();
    assert.match(csv, /,'=B\r\n$/);
    const kept = await get(`data/?start_index=${ROWS - 1}&channels=b_y&format=csv&formulas=keep`);
    assert.match(await kept.text(), /,=B\r\n$/);
    assert.match(kept.headers.get("content-disposition") ?? "", /^attachment; filename="[^"]+\.csv"/);
  });

  test("is windowed by time inside a track", async () => {
    const range = "start_time=2026-05-01T12:00:01Z&end_time=2026-05-01T12:00:02Z";
    const rows = (await (await get(`data/?${range}&channels=b_x`)).json()) as {
      timestamp_pc: string;
      index: number;
    }[];
    assert.deepEqual([rows[0]!.index, rows.at(-1)!.index], [5, 10]);
    const other = (await (await get(`data/?${range}&track=1&channels=b_x`)).json()) as { index: number }[];
    assert.equal(other[0]!.index, ROWS / 2 + 5);
  });

  test("refuses windows that are not there, in words", async () => {
    for (const [query, expected] of [
      [`start_index=${ROWS}`, /beyond the last row, 4999/],
      ["start_index=10&end_index=9", /must not be before start_index/],
      ["channels=b_q", /no channel "b_q"/],
      ["start_time=yesterday", /must be a time like/],
      ["start_time=2026-05-01T12:00:00Z&track=2", /track must be from 0 to 1, the last track/],
      ["max_points=0", /max_points must be >= 1/],
    ] as const) {
      const refused = await get(`data/?${query}`);
      assert.equal(refused.status, 400, query);
      assert.match(((await refused.json()) as { error: string }).error, expected);
    }
  });

  test("comes by page as readings", async () => {
    const page = await owner.call<{ id: number }[]>(
      "GET",
      `/api/readings/?dataset_id=${dataset.id}&limit=3&offset=${ROWS - 2}`,
    );
    assert.deepEqual(
      page.body.map(({ id }) => id),
      [ROWS - 2, ROWS - 1],
    );
    assert.equal(page.headers.get("x-total-count"), String(ROWS));
  });

  test("is downloaded as it was uploaded, and as one Arrow file", async () => {
    const original = await get("download/");
    assert.match(original.headers.get("content-disposition") ?? "", /^attachment; filename="survey.csv"/);
    assert.equal(await original.text(), surveyCsv());
    const arrow = tableFromIPC(new Uint8Array(await (await get("series/")).arrayBuffer()));
    assert.equal(arrow.numRows, ROWS);
    assert.equal(arrow.getChild("b_y")?.get(ROWS - 1), -500);
  });

  test("lies on the disk sealed: neither its text nor its numbers can be found there", async () => {
    const { readFileSync } = await import("node:fs");
    const files = readdirSync(join(installation.dataDir, "objects"), {
      recursive: true,
      withFileTypes: true,
    });
    const plain = files
      .filter((entry) => entry.isFile())
      .filter((entry) => {
        const bytes = readFileSync(join(entry.parentPath, entry.name));
        return bytes.includes("timestamp_pc") || bytes.includes("ARROW1") || bytes.includes("2026-05-01");
      });
    assert.ok(files.length > 3);
    assert.deepEqual(plain, []);
  });

  test("tells its progress to who listens in its project, and to nobody else", async () => {
    const listening = new AbortController();
    const stream = await fetch(`${installation.api.address}/api/events/?project_id=${project.id}`, {
      headers: { authorization: `Bearer ${owner.token}` },
      signal: listening.signal,
    });
    assert.match(stream.headers.get("content-type") ?? "", /^text\/event-stream/);
    const other = (await owner.call<Project>("POST", "/api/projects/", { name: "other" })).body;
    await owner.upload(other.id, { name: "other.csv", bytes: surveyCsv() });
    const made = await owner.upload<Dataset>(project.id, { name: "mine.csv", bytes: surveyCsv() });
    let text = "";
    for await (const chunk of stream.body!) {
      text += Buffer.from(chunk).toString("utf8");
      if (text.includes('"completed"')) break;
    }
    listening.abort();
    const events = text
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)));
    assert.ok(events.every((event) => event.project === project.id));
    assert.equal(events.at(-1).id, made.body.id);
  });

  test("is renamed, deleted, and then gone with its objects", async () => {
    const made = (
      await owner.upload<Dataset>(project.id, { name: "gone.csv", bytes: surveyCsv() }, { name: "Gone" })
    ).body;
    assert.equal(made.name, "Gone");
    const renamed = await owner.call<Dataset>("PATCH", `/api/datasets/${made.id}/`, { name: "Soon" });
    assert.equal(renamed.body.name, "Soon");
    assert.equal((await owner.call("DELETE", `/api/datasets/${made.id}/`)).status, 204);
    assert.equal((await owner.call("GET", `/api/datasets/${made.id}/`)).status, 404);
    assert.equal(
      readdirSync(join(installation.dataDir, "objects", "series")).includes(String(made.id)),
      false,
    );
  });

  test("is not there for another team, in any of its forms", async () => {
    const stranger = await installation.addUser({ name: "eve", organization: "South" });
    for (const path of ["", "data/", "statistics/", "quality/", "download/", "series/"]) {
      assert.equal((await stranger.call("GET", `/api/datasets/${dataset.id}/${path}`)).status, 404, path);
    }
    assert.equal((await stranger.call("GET", `/api/readings/?dataset_id=${dataset.id}`)).status, 404);
    assert.equal((await stranger.call("DELETE", `/api/datasets/${dataset.id}/`)).status, 404);
    assert.deepEqual((await stranger.call("GET", "/api/datasets/")).body, []);
  });
});
