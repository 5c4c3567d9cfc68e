/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readableOn } from "./drawOverlay.ts";

test("text on a label is dark on light colours and light on dark ones", () => {
  assert.equal(readableOn("#ffffff"), "#111827");
  assert.equal(readableOn("#ffd43b"), "#111827");
  assert.equal(readableOn("#1c3d5a"), "#ffffff");
  assert.equal(readableOn("#000000"), "#ffffff");
});
