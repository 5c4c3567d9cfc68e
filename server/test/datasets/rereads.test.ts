import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, Category, Dataset, Project, Reread } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const ROWS = 60;

function survey(): string {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + 1000 * i).toISOString();
    return `${time},${i},2,3,${i % 2 === 0 ? "left" : "right"},${i < 20 ? "walking" : i < 30 ? "" : "Motor"},${100 + i}`;
  });
  return `${["time,b_x,b_y,b_z,side,activity,other", ...rows].join("\n")}\n`;
}

describe("reading a file again", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let project = 0;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
  });

  async function uploaded(fields: Record<string, string> = {}): Promise<Dataset> {
    const { status, body } = await owner.upload<Dataset>(project, { name: "a.csv", bytes: survey() }, fields);
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  }

  const reread = (id: number, mapping: unknown, caller = owner) =>
    caller.call<
      Reread & { error: string; code: string; details?: { findings: unknown[]; questions: unknown[] } }
    >("POST", `/api/datasets/${id}/reread/`, { mapping });

  async function firstRows(id: number): Promise<{ b_x: number }[]> {
    return (await owner.call<{ b_x: number }[]>("GET", `/api/datasets/${id}/data/`)).body;
  }

  async function labelsOf(id: number): Promise<Annotation[]> {
    return (await owner.call<Annotation[]>("GET", `/api/annotations/?dataset_id=${id}`)).body;
  }

  async function label(id: number): Promise<void> {
    const { body } = await owner.call<Category[]>("GET", `/api/label-categories/?project_id=${project}`);
    const { status } = await owner.call("POST", "/api/annotations/", {
      dataset: id,
      category: body[0]!.id,
      start_index: 10,
      end_index: 19,
    });
    assert.equal(status, 201);
  }

  test("makes a new series in the place of the old one, labels staying, and is undone by the mapping before", async () => {
    const dataset = await uploaded();
    await label(dataset.id);
    const [before, labels] = [await firstRows(dataset.id), await labelsOf(dataset.id)];
    const there = await reread(dataset.id, { unit: "µT" });
    assert.equal(there.status, 200, JSON.stringify(there.body));
    assert.deepEqual(
      [there.body.status, there.body.mapping, there.body.previous_mapping],
      ["completed", { unit: "µT" }, null],
    );
    assert.equal((await firstRows(dataset.id))[5]!.b_x, 5000);
    assert.deepEqual(await labelsOf(dataset.id), labels);
    const now = (await owner.call<Dataset>("GET", `/api/datasets/${dataset.id}/`)).body;
    assert.equal((now.source as { unit: string }).unit, "µT");
    assert.deepEqual(now.mapping, { unit: "µT" });
    assert.deepEqual([dataset.last_reread, now.last_reread], [null, there.body.id]);
    const renamed = await owner.call<Dataset>("PATCH", `/api/datasets/${dataset.id}/`, { name: "b" });
    assert.equal(renamed.body.last_reread, there.body.id);
    const statistics = await owner.call<{ channel_stats: Record<string, { max: number }> }>(
      "GET",
      `/api/datasets/${dataset.id}/statistics/`,
    );
    assert.equal(statistics.body.channel_stats.b_x!.max, 59_000);

    const back = await reread(dataset.id, there.body.previous_mapping);
    assert.equal(back.status, 200);
    const listed = await owner.call<Dataset[]>("GET", `/api/datasets/?project_id=${project}`);
    assert.equal(listed.body.find(({ id }) => id === dataset.id)?.last_reread, back.body.id);
    assert.deepEqual(await firstRows(dataset.id), before);
    assert.deepEqual(await labelsOf(dataset.id), labels);
    const history = await owner.call<Reread[]>("GET", `/api/datasets/${dataset.id}/rereads/`);
    assert.deepEqual(
      history.body.map(({ mapping, previous_mapping, status }) => [mapping, previous_mapping, status]),
      [
        [null, { unit: "µT" }, "completed"],
        [{ unit: "µT" }, null, "completed"],
      ],
    );
  });

  test("gives new windows at once, also to who has kept the old ones", async () => {
    const dataset = await uploaded();
    const url = `${installation.api.address}/api/datasets/${dataset.id}/data/?format=json`;
    const headers = { authorization: `Bearer ${owner.token}` };
    const before = await fetch(url, { headers });
    await before.body?.cancel();
    assert.match(before.headers.get("cache-control") ?? "", /no-cache/);
    const tag = before.headers.get("etag") ?? "";
    const ask = async () => {
      const answer = await fetch(url, { headers: { ...headers, "if-none-match": tag } });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await ask(), 304);
    assert.equal((await reread(dataset.id, { unit: "µT" })).status, 200);
    assert.equal(await ask(), 200);
  });

  test("that cannot be done leaves everything as it was, and says why", async () => {
    const dataset = await uploaded();
    const before = await firstRows(dataset.id);
    const { status, body } = await reread(dataset.id, { columns: { b_x: "nothing" } });
    assert.equal(status, 422);
    assert.equal(body.code, "unreadable_file");
    assert.ok(body.details!.findings.length > 0);
    assert.deepEqual(body.details!.questions, []);
    assert.match(body.error, /stays as it was/);
    assert.deepEqual(await firstRows(dataset.id), before);
    assert.equal((await reread(dataset.id, { unit: "furlong" })).status, 400);
    assert.equal((await owner.call("POST", `/api/datasets/${dataset.id}/reread/`, {})).status, 400);
  });

  test("that would move the rows under labels is refused, and done where there are none", async () => {
    const dataset = await uploaded();
    await label(dataset.id);
    const mapping = { columns: { sensor_id: "side" } };
    const refused = await reread(dataset.id, mapping);
    assert.equal(refused.status, 409);
    assert.match(refused.body.error, /1 label .* among sensors in another way/);
    const [only] = await labelsOf(dataset.id);
    await owner.call("DELETE", `/api/annotations/${only!.id}/`);
    const done = await reread(dataset.id, mapping);
    assert.equal(done.status, 200, JSON.stringify(done.body));
    const { tracks } = (await owner.call<Dataset>("GET", `/api/datasets/${dataset.id}/`)).body;
    assert.deepEqual(
      tracks.map(({ sensor_id }) => sensor_id),
      ["left", "right"],
    );
    const { body } = await owner.call<{ tracks: unknown }>("GET", `/api/datasets/${dataset.id}/quality/`);
    assert.deepEqual(body.tracks, [
      { sensor_id: "left", sampling_rate_hz: 0.5 },
      { sensor_id: "right", sampling_rate_hz: 0.5 },
    ]);
    // What was deleted spoke of other rows.
    assert.notEqual(
      (await owner.call("POST", "/api/annotations/undo/", { dataset: dataset.id })).status,
      200,
    );
  });

  test("tells how far it is, and that it has ended", async () => {
    const dataset = await uploaded();
    const listening = new AbortController();
    const events = await fetch(`${installation.api.address}/api/events/?project_id=${project}`, {
      headers: { authorization: `Bearer ${owner.token}` },
      signal: listening.signal,
    });
    const asked = reread(dataset.id, { unit: "G" });
    const states: Record<string, unknown>[] = [];
    let text = "";
    for await (const piece of events.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      states.length = 0;
      for (const [, line] of text.matchAll(/^data: (.*)$/gm)) {
        const event = JSON.parse(line!) as { kind: string; id: number; state: Record<string, unknown> };
        // The end of the upload may be told after its answer.
        if (event.kind !== "dataset" || event.id !== dataset.id || !("reread" in event.state)) continue;
        states.push(event.state);
      }
      if (states.some(({ status }) => status === "completed")) break;
    }
    listening.abort();
    const { body } = await asked;
    assert.deepEqual(states.at(-1), { status: "completed", progress: 100, reread: body.id });
    for (const { status, progress, reread } of states.slice(0, -1)) {
      assert.deepEqual([status, reread], ["running", body.id]);
      assert.ok((progress as number) >= 0 && (progress as number) <= 100);
    }
    assert.ok(states.length > 1, "nothing was told of the way");
  });

  test("is for those who may write there", async () => {
    const dataset = await uploaded();
    const stranger = await installation.addUser({ name: "eve", organization: "South" });
    assert.equal((await reread(dataset.id, null, stranger)).status, 404);
    assert.equal((await stranger.call("GET", `/api/datasets/${dataset.id}/rereads/`)).status, 404);
  });

  test("labels of a column are made where it is asked for first, categories by name", async () => {
    const dataset = await uploaded();
    const { body: quality } = await owner.call<{ notes: { code: string; message: string }[] }>(
      "GET",
      `/api/datasets/${dataset.id}/quality/`,
    );
    const note = quality.notes.find(({ code }) => code === "labels_in_file");
    assert.match(note?.message ?? "", /"activity" holds text: 2 values in 2 runs; it can become labels/);
    assert.deepEqual(await labelsOf(dataset.id), []);
    const mapping = { columns: { label: "activity" } };
    assert.equal((await reread(dataset.id, mapping)).status, 200);
    const categories = (await owner.call<Category[]>("GET", `/api/label-categories/?project_id=${project}`))
      .body;
    const named = async () => {
      return (await labelsOf(dataset.id)).map(({ category, start_index, end_index }) => {
        return [categories.find(({ id }) => id === category)?.name, start_index, end_index];
      });
    };
    assert.deepEqual(await named(), [
      ["walking", 0, 19],
      ["Motor", 30, 59],
    ]);
    assert.equal(categories.filter(({ name }) => name.toLowerCase() === "motor").length, 1);
    assert.equal((await reread(dataset.id, { ...mapping, unit: "G" })).status, 200);
    assert.equal((await named()).length, 2);
    // One undo takes all of them back.
    assert.equal((await owner.call("POST", "/api/annotations/undo/", { dataset: dataset.id })).status, 200);
    assert.deepEqual(await named(), []);
  });

  test("labels come with an upload that asks for them, by each sensor's own rows", async () => {
    const mapping = { columns: { label: "activity", sensor_id: "side" } };
    const dataset = await uploaded({ mapping: JSON.stringify(mapping) });
    const found = (await labelsOf(dataset.id)).map(({ start_index, end_index }) => [start_index, end_index]);
    assert.deepEqual(found, [
      [0, 9],
      [15, 29],
      [30, 39],
      [45, 59],
    ]);
    const other = await uploaded({ mapping: JSON.stringify({ columns: { label: "other" } }) });
    assert.equal((await labelsOf(other.id)).length, ROWS);
  });

  test("a column with too many values to be labels is refused, and only where labels are asked of it", async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => `${i},1,2,3,value ${i}`);
    const bytes = `${["time_s,b_x,b_y,b_z,label", ...rows].join("\n")}\n`;
    const mapping = JSON.stringify({ columns: { label: "label", timestamp_pc: "time_s" } });
    const refused = await owner.upload<{ details: { findings: { expected: string }[] } }>(
      project,
      { name: "many.csv", bytes },
      { mapping },
    );
    assert.equal(refused.status, 422);
    assert.match(refused.body.details.findings[0]!.expected, /at most 1000 different values/);
    const taken = await owner.upload<Dataset>(
      project,
      { name: "many.csv", bytes },
      { mapping: JSON.stringify({ columns: { timestamp_pc: "time_s" } }) },
    );
    assert.equal(taken.status, 201, JSON.stringify(taken.body));
    // 990 more categories than a project has room for beside those it has.
    const some = `${["time_s,b_x,b_y,b_z,label", ...rows.slice(0, 998)].join("\n")}\n`;
    const crowded = await owner.upload<{ details: { findings: { expected: string }[] } }>(
      project,
      { name: "some.csv", bytes: some },
      { mapping },
    );
    assert.equal(crowded.status, 422, JSON.stringify(crowded.body).slice(0, 300));
    assert.match(crowded.body.details.findings[0]!.expected, /at most 1000 categories/);
  });
});
