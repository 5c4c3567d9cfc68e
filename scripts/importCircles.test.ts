import assert from "node:assert/strict";
import { test } from "node:test";
import { importGraph } from "./dependencyDirection.ts";
import { importCircles } from "./importCircles.ts";

function circlesOf(sources: Readonly<Record<string, string>>): string[] {
  return importCircles(importGraph(new Map(Object.entries(sources)))).map((circle) => circle.join(" "));
}

test("a circle is named file by file, over folders, and by imports of types alone", () => {
  const circles = circlesOf({
    "server/src/a/one.ts": 'import { two } from "../b/two.ts";',
    "server/src/b/two.ts": 'import type { Three } from "./three.tsx";',
    "server/src/b/three.tsx": 'export * from "../a/one.ts";',
    "server/src/main.ts": 'import "./a/one.ts";',
  });
  assert.deepEqual(circles, ["server/src/a/one.ts server/src/b/two.ts server/src/b/three.tsx"]);
});

test("two circles that share a file are both named, and a file that imports itself", () => {
  const circles = circlesOf({
    "a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "b.ts": 'import "./a.ts";',
    "c.ts": 'const a = await import("./a.ts");',
    "d.ts": 'import { d } from "./d.ts";',
  });
  assert.deepEqual(circles, ["a.ts b.ts", "a.ts c.ts", "d.ts"]);
});

test("two ways to one file are no circle", () => {
  const circles = circlesOf({
    "a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "b.ts": 'import "./d.ts";',
    "c.ts": 'import "./d.ts";',
    "d.ts": 'import "node:fs";\nimport "./gone.ts";',
  });
  assert.deepEqual(circles, []);
});
