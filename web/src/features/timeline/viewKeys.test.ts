/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { viewForKey } from "./viewKeys.ts";
import { fullView, spanOf } from "./viewport.ts";

const view = { start: 100, end: 200 };

test("arrows pan by a fifth and pages by a whole view", () => {
  assert.deepEqual(viewForKey("ArrowRight", view, 1000), { start: 120, end: 220 });
  assert.deepEqual(viewForKey("ArrowLeft", view, 1000), { start: 80, end: 180 });
  assert.deepEqual(viewForKey("PageDown", view, 1000), { start: 200, end: 300 });
  assert.deepEqual(viewForKey("PageUp", view, 1000), { start: 0, end: 100 });
});

test("plus and minus are each other's opposite around the middle", () => {
  const closer = viewForKey("+", view, 1000);
  assert.deepEqual(closer, { start: 125, end: 175 });
  assert.deepEqual(viewForKey("-", closer ?? view, 1000), view);
});

test("home shows everything and other keys do nothing", () => {
  assert.deepEqual(viewForKey("Home", view, 1000), fullView(1000));
  assert.equal(spanOf(viewForKey("Home", view, 0) ?? view), 1);
  assert.equal(viewForKey("1", view, 1000), null);
  assert.equal(viewForKey("z", view, 1000), null);
});
