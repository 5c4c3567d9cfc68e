import assert from "node:assert/strict";
import { test } from "node:test";
import { categoryColours, nextColour } from "./categoryColours.ts";

test("the next colour is the first that is free, in whatever case the others are written", () => {
  assert.equal(nextColour([]), categoryColours[0]);
  assert.equal(nextColour([categoryColours[0].toUpperCase(), categoryColours[2]]), categoryColours[1]);
  assert.equal(nextColour(["#123456"]), categoryColours[0]);
});

test("once every colour is taken, the one used least comes again", () => {
  assert.equal(nextColour(categoryColours), categoryColours[0]);
  assert.equal(nextColour([...categoryColours, categoryColours[0]]), categoryColours[1]);
});

test("no colour is in the list twice", () => {
  assert.equal(new Set(categoryColours).size, categoryColours.length);
});
