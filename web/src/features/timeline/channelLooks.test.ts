/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { channelLook } from "./channelLooks.ts";

test("a further sensor's channels are in nT and say whose they are; other columns have no unit", () => {
  assert.deepEqual(channelLook("b_y@upper"), { ...channelLook("b_y"), title: "b_y@upper" });
  assert.equal(channelLook("b@2").title, "|b|@2");
  assert.equal(channelLook("b@2").unit, "nT");
  assert.equal(channelLook("constructor").unit, "");
  assert.equal(channelLook("current").title, "current");
});
