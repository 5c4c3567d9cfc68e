/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Category } from "@magtrace/contracts";
import {
  activeCategories,
  categoryLooks,
  categoryOfKey,
  freeHotkey,
  lookOf,
  nextColour,
} from "./categoryChoice.ts";

const category = (id: number, fields: Partial<Category> = {}): Category => ({
  id,
  project: 1,
  name: `c${id}`,
  description: "",
  color: "#112233",
  parent: null,
  order: id,
  hotkey: String(id),
  is_active: true,
  ...fields,
});

test("a key names its category, unless that is switched off", () => {
  const categories = [category(1), category(2, { is_active: false }), category(3, { hotkey: "q" })];
  assert.equal(categoryOfKey(categories, "1")?.id, 1);
  assert.equal(categoryOfKey(categories, "2"), undefined);
  assert.equal(categoryOfKey(categories, "Q")?.id, 3);
  assert.deepEqual(
    activeCategories(categories).map(({ id }) => id),
    [1, 3],
  );
});

test("a new category gets a digit and a colour that are free", () => {
  assert.equal(freeHotkey([category(1), category(2)]), "3");
  assert.equal(freeHotkey(Array.from({ length: 9 }, (_, i) => category(i + 1))), null);
  const first = nextColour([]);
  assert.notEqual(nextColour([category(1, { color: first.toUpperCase() })]), first);
  assert.match(nextColour(Array.from({ length: 40 }, (_, i) => category(i))), /^#[0-9a-f]{6}$/);
});

test("a label whose category is gone or whose colour is none still has a look", () => {
  const looks = categoryLooks([category(1, { color: "url(x)" })]);
  assert.equal(lookOf(looks, 1).color, "#868e96");
  assert.equal(lookOf(looks, 9).name, "deleted category");
  assert.equal(lookOf(looks, null).name, "deleted category");
});
