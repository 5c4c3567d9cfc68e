/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_FIELDS, trainingConfig } from "./trainingConfig.ts";

test("what is left to the learner is not sent", () => {
  assert.deepEqual(trainingConfig(DEFAULT_FIELDS), {
    unit: "window",
    n_trees: 100,
    seed: 0,
    features: { level: "relative", attitude: "keep" },
  });
  assert.equal("n_trees" in trainingConfig({ ...DEFAULT_FIELDS, trees: "" }), false);
});

test("a chosen window and background are sent, and mean nothing for whole labels", () => {
  const chosen = { ...DEFAULT_FIELDS, windowSeconds: 2, background: "no" } as const;
  assert.equal(trainingConfig(chosen).window_seconds, 2);
  assert.equal(trainingConfig(chosen).background, false);
  const whole = trainingConfig({ ...chosen, unit: "annotation" });
  assert.equal("window_seconds" in whole || "background" in whole, false);
});
