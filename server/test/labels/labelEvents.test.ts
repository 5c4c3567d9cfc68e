import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelEvents } from "../../src/labels/annotations/labelEvents.ts";
import { setLabelStage } from "./labelStage.ts";

test("the first label is told of at once, what follows together by dataset and user, and nothing is left at the end", async (t) => {
  const stage = await setLabelStage(t);
  const labelEvents = new LabelEvents(stage.deps, { windowMs: 60_000 });
  const heard: unknown[] = [];
  stage.owner.on("notification", ({ payload }) => {
    const { project, id, state } = JSON.parse(payload!);
    heard.push([project, id, state.action, state.count, state.changed_by]);
  });
  await stage.owner.query("LISTEN magtrace_events");
  const place = { projectId: 1, organizationId: 1 };
  const tell = (dataset: number, userId: number) =>
    labelEvents.tell(place, dataset, { action: "create", count: 1, userId });
  await tell(7, 3);
  await tell(7, 3);
  await tell(7, 4);
  await tell(8, 3);
  await tell(7, 3);
  await stage.owner.query("SELECT 1");
  assert.deepEqual(heard, [[1, 7, "create", 1, 3]]);
  await labelEvents.stop();
  await stage.owner.query("SELECT 1");
  assert.deepEqual(heard.slice(1), [
    [1, 7, "create", 2, 3],
    [1, 7, "create", 1, 4],
    [1, 8, "create", 1, 3],
  ]);
});
