import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProjectEvent } from "@magtrace/contracts";
import { EventHistory } from "./eventHistory.ts";

const event = (id: number): ProjectEvent => ({ kind: "dataset", project: 1, id, state: {} });

function heard(history: EventHistory, count: number, bytes = 10): void {
  for (let index = 0; index < count; index++) history.add({ id: `e${index}`, event: event(index) }, bytes);
}

const idsAfter = (history: EventHistory, id: string) => history.after(id)?.map((each) => each.id) ?? null;

test("whoever comes back hears what came after the event they heard last", () => {
  const history = new EventHistory();
  const beginning = history.latest;
  heard(history, 3);
  assert.deepEqual(idsAfter(history, "e0"), ["e1", "e2"]);
  assert.deepEqual(idsAfter(history, "e2"), []);
  assert.deepEqual(idsAfter(history, beginning), ["e0", "e1", "e2"]);
  assert.equal(history.latest, "e2");
});

test("an event of another process's beginning, or too long ago, is not known", () => {
  const history = new EventHistory(100);
  const beginning = history.latest;
  heard(history, 30);
  assert.equal(history.after("elsewhere"), null);
  assert.equal(history.after(beginning), null);
  assert.equal(history.after("e5"), null);
  assert.equal(idsAfter(history, "e19")?.length, 10);
  assert.equal(idsAfter(history, "e25")?.length, 4);
});

test("nothing is gone on with where something may have been missed", () => {
  const history = new EventHistory();
  heard(history, 3);
  history.forget();
  assert.equal(history.after("e2"), null);
  const { latest } = history;
  history.add({ id: "next", event: event(9) }, 10);
  assert.deepEqual(idsAfter(history, latest), ["next"]);
});
