import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, violations } from "./dependencyDirection.ts";

test("imports are found in every form, over several lines too", () => {
  const source = `import a from "a";
import {
  b,
} from './b.ts';
export * from "c";
import "d";
import type { E } from "e";
const f = await import("f");
const text = 'from "nowhere"';
`;
  assert.deepEqual(importsOf(source), ["a", "./b.ts", "c", "d", "e", "f"]);
});

test("a pure package may use nothing of Node's, but its tests may", () => {
  const source = 'import { readFileSync } from "node:fs";';
  assert.equal(violations("packages/signal/src/a.ts", source).length, 1);
  assert.equal(violations("packages/signal/src/a.test.ts", source).length, 0);
});

test("packages use each other only where the design says so", () => {
  const usesSignal = 'import { median } from "@magtrace/signal";';
  assert.equal(violations("packages/learn/src/a.ts", usesSignal).length, 0);
  assert.equal(violations("packages/series/src/a.ts", usesSignal).length, 1);
  assert.equal(violations("web/src/a.tsx", usesSignal).length, 0);
  assert.equal(violations("web/src/a.tsx", 'import { x } from "@magtrace/learn";').length, 1);
  assert.equal(violations("web/src/a.tsx", 'import { x } from "../../server/src/errors.ts";').length, 1);
});

test("a domain enters another one through its service or its types only", () => {
  const from = "server/src/labels/service.ts";
  assert.equal(violations(from, 'import { a } from "../datasets/service.ts";').length, 0);
  assert.equal(violations(from, 'import type { A } from "../datasets/types.ts";').length, 0);
  assert.equal(violations(from, 'import { a } from "../datasets/queries.ts";').length, 1);
  assert.equal(violations(from, 'import { a } from "./queries.ts";').length, 0);
  assert.equal(
    violations("server/src/platform/log.ts", 'import { a } from "../labels/service.ts";').length,
    1,
  );
  assert.equal(violations(from, 'import type { Actor } from "../access/actor.ts";').length, 0);
});
