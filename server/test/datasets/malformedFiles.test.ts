import assert from "node:assert/strict";
import { test } from "node:test";
import { ingestBytes } from "../support/ingestBytes.ts";
import { malformedFiles } from "./malformedFiles.ts";

test("no malformed file is taken, each is answered with what is wrong, and nothing of it stays", async () => {
  const files = malformedFiles(20250605, 240);
  assert.equal(new Set(files.map(({ name }) => name)).size, 240);
  for (const { name, bytes } of files) {
    const { outcome, files: written, scratch } = await ingestBytes(bytes);
    assert.ok(!outcome.ok, `${name} was taken`);
    assert.ok(outcome.findings.length >= 1 && outcome.findings.length <= 100, name);
    assert.ok(outcome.total_findings >= outcome.findings.length, name);
    for (const finding of outcome.findings) {
      assert.ok(finding.expected.length > 0, name);
      assert.ok((finding.value ?? "").length <= 80, name);
    }
    assert.equal(written.open.size, 0, `${name} left a sink open`);
    assert.equal(written.files.size, 0, `${name} left a file`);
    assert.equal(scratch.open.size, 0, `${name} left scratch open`);
  }
});

test("the same seed makes the same files, another one others", () => {
  const contents = (seed: number): string[] =>
    malformedFiles(seed, 60).map(({ bytes }) => Buffer.from(bytes).toString("base64").slice(0, 2000));
  assert.deepEqual(contents(1), contents(1));
  assert.notDeepEqual(contents(1), contents(2));
});
