import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, Project } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const ROWS = 60_000;

/** Long answers are made on a thread, and are what the short ones are, only longer. */
describe("readings in answers of any length", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let data = "";

  before(async () => {
    installation = await startTestInstallation(cleanup);
    ada = await installation.addUser({ name: "ada", organization: "North" });
    const { body: project } = await ada.call<Project>("POST", "/api/projects/", { name: "Long" });
    const lines = ["timestamp_pc,b_x,b_y,b_z"];
    for (let i = 0; i < ROWS; i++) lines.push(`${i},${i % 97},${-i},45000`);
    const { body: dataset } = await ada.upload<Dataset>(project.id, {
      name: "long.csv",
      bytes: lines.join("\n"),
    });
    data = `/api/datasets/${dataset.id}/data/`;
  });

  const textOf = async (query: string) =>
    (
      await fetch(`${installation.api.address}${data}?${query}`, {
        headers: { authorization: `Bearer ${ada.token}` },
      })
    ).text();

  test("every row is there once, in its order, as CSV and as JSON", async () => {
    const csv = (await textOf("format=csv&channels=b_y")).trimEnd().split("\r\n");
    assert.equal(csv.length, ROWS + 1);
    assert.equal(csv[0], "timestamp_pc,b_y");
    for (const row of [0, 1, 8_191, 8_192, 31_234, ROWS - 1]) assert.equal(csv[row + 1], `${row},${-row}`);
    const json = JSON.parse(await textOf("format=json&channels=b_x,b_y")) as Record<string, unknown>[];
    assert.equal(json.length, ROWS);
    assert.ok(json.every(({ index, b_x, b_y }, row) => index === row && b_x === row % 97 && b_y === -row));
  });

  test("a range made on the thread is made of the same text as its halves that are not", async () => {
    const part = (start: number, end: number) =>
      textOf(`format=csv&channels=b_x&start_index=${start}&end_index=${end}`);
    const body = (text: string) => text.slice(text.indexOf("\r\n") + 2);
    const whole = await part(20_000, 27_999);
    const halves = await Promise.all([part(20_000, 23_999), part(24_000, 27_999)]);
    assert.equal(body(whole), halves.map(body).join(""));
  });

  test("a window of many points says what one of few channels says of each", async () => {
    const window = async (query: string) =>
      JSON.parse(await textOf(`format=json&max_points=2000&${query}`)) as Record<string, number>[];
    const all = await window("");
    const one = await window("channels=b_y");
    assert.equal(all.length, one.length);
    for (const [at, { b_y, b_y_min, count }] of one.entries()) {
      assert.deepEqual([all[at]!.b_y, all[at]!.b_y_min, all[at]!.count], [b_y, b_y_min, count]);
    }
  });

  test("what the browser has is not sent again, but for another form of it", async () => {
    const ask = (format: string, tag?: string) =>
      fetch(`${installation.api.address}${data}?max_points=100&format=${format}`, {
        headers: { authorization: `Bearer ${ada.token}`, ...(tag ? { "if-none-match": tag } : {}) },
      });
    const first = await ask("json");
    const tag = first.headers.get("etag")!;
    await first.arrayBuffer();
    const again = await ask("json", tag);
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
    assert.equal(again.headers.get("etag"), tag);
    const other = await ask("arrow", tag);
    assert.equal(other.status, 200);
    await other.arrayBuffer();
    const stranger = await installation.addUser({ name: "mallory", organization: "South" });
    const refused = await fetch(`${installation.api.address}${data}?max_points=100&format=json`, {
      headers: { authorization: `Bearer ${stranger.token}`, "if-none-match": tag },
    });
    assert.equal(refused.status, 404);
  });

  test("one who leaves in the middle ends it, and the next is answered", async () => {
    const leaving = new AbortController();
    const response = await fetch(`${installation.api.address}${data}?format=json`, {
      headers: { authorization: `Bearer ${ada.token}` },
      signal: leaving.signal,
    });
    await response.body!.getReader().read();
    leaving.abort();
    assert.equal((await textOf("format=csv&channels=b_y")).trimEnd().split("\r\n").length, ROWS + 1);
  });
});
