import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../../", import.meta.url);

test("every file of the server, the web app, the packages or the bench that the documents name is there", () => {
  const documents = ["README.md", ...globSync("docs/*.md", { cwd: root })];
  const gone = documents.flatMap((document) => {
    const text = readFileSync(new URL(document, root), "utf8");
    const named = [...text.matchAll(/`((?:server|web|packages|bench|scripts)\/[\w./-]+\.\w+)`/g)];
    return named.flatMap(([, path = ""]) =>
      existsSync(new URL(path, root)) ? [] : [`${document} names ${path}`],
    );
  });
  assert.deepEqual(gone, []);
});
