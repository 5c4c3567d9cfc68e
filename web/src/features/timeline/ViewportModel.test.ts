/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { ViewportModel } from "./ViewportModel.ts";

test("listeners hear of a change, and not of a view set to what it was", () => {
  const model = new ViewportModel(1000);
  let heard = 0;
  const stop = model.subscribe(() => {
    heard += 1;
  });
  model.set({ start: 10, end: 50 });
  model.set({ start: 10, end: 50 });
  assert.equal(heard, 1);
  stop();
  model.set({ start: 20, end: 60 });
  assert.equal(heard, 1);
});

test("back returns to where each jump started, and then does nothing", () => {
  const model = new ViewportModel(1000);
  const whole = model.get();
  model.jump({ start: 100, end: 200 });
  model.set({ start: 120, end: 220 });
  model.jump({ start: 400, end: 500 });
  model.back();
  assert.deepEqual(model.get(), { start: 120, end: 220 });
  model.back();
  assert.deepEqual(model.get(), whole);
  model.back();
  assert.deepEqual(model.get(), whole);
});

test("no view leaves the series", () => {
  const model = new ViewportModel(100, { start: -50, end: 1000 });
  assert.deepEqual(model.get(), { start: -0.5, end: 99.5 });
});
