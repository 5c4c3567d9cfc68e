import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { readerOf } from "../../../platform/objects/testing/memoryObjects.ts";
import { checksumLine, FORMAT } from "../format.ts";
import { encodeTarHeader, paddingOf, TAR_END } from "../tarHeader.ts";
import { ArchiveRefused } from "./archiveFindings.ts";
import { openArchive } from "./openArchive.ts";

const never = new AbortController().signal;
const limits = { mostBytes: 1 << 20, maxRatio: 200 };
const manifest = {
  format: FORMAT,
  version: 1,
  program_version: "0.1.0",
  exported_at: "2026-01-01T00:00:00.000Z",
  project: { name: "Survey", description: "", settings: {} },
  tables: { datasets: 1 },
  unfinished: {},
};
const contents: [string, string][] = [
  ["magtrace.json", JSON.stringify(manifest)],
  ["tables/datasets/0001.jsonl", '{"id":1}\n'],
  ["objects/originals/1", "t,b_x\n"],
];

function tarOf(entries: readonly (readonly [string, string | Uint8Array])[], end = TAR_END): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, content] of entries) {
    const bytes = Buffer.from(content as string);
    parts.push(encodeTarHeader({ name, size: bytes.length }, new Date(0)), bytes);
    parts.push(new Uint8Array(paddingOf(bytes.length)));
  }
  return Uint8Array.from(Buffer.concat([...parts, end]));
}

function withChecksums(entries: readonly (readonly [string, string])[]): [string, string][] {
  const lines = entries.map(([name, content]) =>
    checksumLine(name, createHash("sha256").update(content).digest("hex")),
  );
  return [
    ...entries.map(([name, content]): [string, string] => [name, content]),
    ["SHA256SUMS", lines.join("")],
  ];
}

const open = (bytes: Uint8Array) => openArchive(readerOf(bytes), limits, never);

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await open(bytes);
    return "taken";
  } catch (error) {
    assert.ok(error instanceof ArchiveRefused, String(error));
    assert.equal(error.findings.length, 1);
    return error.findings[0]!.code;
  }
}

const whole = tarOf(withChecksums(contents));

test("a whole file is opened, and its entries are read as they are", async () => {
  const archive = await open(whole);
  assert.deepEqual(archive.manifest, manifest);
  assert.equal(Buffer.from(await archive.read("objects/originals/1", 100)).toString(), "t,b_x\n");
  const source = archive.open("objects/originals/1");
  assert.equal(Buffer.from(await source.read(2, 100)).toString(), "b_x\n");
  assert.equal((await source.read(6, 1)).length, 0);
  assert.equal((await source.read(-1, 1)).length, 0);
  await assert.rejects(archive.read("objects/originals/1", 3), ArchiveRefused);
  await assert.rejects(archive.read("objects/originals/2", 3), ArchiveRefused);
});

test("a file that was padded to larger blocks is the same file", async () => {
  assert.equal(await codeOf(Buffer.concat([whole, new Uint8Array(8192)])), "taken");
});

test("a file cut short anywhere is refused", async () => {
  for (let length = 0; length < whole.length; length += 97) {
    assert.notEqual(await codeOf(whole.subarray(0, length)), "taken", `${length} bytes`);
  }
  assert.equal(await codeOf(whole.subarray(0, whole.length - 1)), "damaged_file");
});

test("a file with any byte changed is refused", async () => {
  const places = fc.integer({ min: 0, max: whole.length - 1 });
  const changes = fc.integer({ min: 1, max: 255 });
  await fc.assert(
    fc.asyncProperty(places, changes, async (place, change) => {
      const changed = whole.slice();
      changed[place] = changed[place]! ^ change;
      assert.notEqual(await codeOf(changed), "taken", `byte ${place}`);
    }),
    { numRuns: 500 },
  );
});

test("what is no project's file is told from one that is damaged", async () => {
  assert.equal(await codeOf(new Uint8Array(0)), "not_a_project_file");
  assert.equal(await codeOf(Buffer.from("timestamp_pc,b_x\n".repeat(100))), "not_a_project_file");
  assert.equal(await codeOf(Buffer.from([0x1f, 0x8b, 8, 0, ...new Uint8Array(600)])), "not_a_project_file");
  assert.equal(await codeOf(tarOf([["README", "hello"]])), "not_a_project_file");
  assert.equal(await codeOf(tarOf([["magtrace.json", "hello"]])), "not_a_project_file");
  assert.equal(await codeOf(tarOf([["magtrace.json", '{"format":"other"}']])), "not_a_project_file");
  assert.equal(await codeOf(TAR_END), "not_a_project_file");
});

test("a newer form is named as such, whatever else it has", async () => {
  const newer = JSON.stringify({ format: FORMAT, version: 3, new: true });
  const entries: [string, string][] = [
    ["magtrace.json", newer],
    ["new/kind.bin", "x"],
  ];
  assert.equal(await codeOf(tarOf(withChecksums(entries))), "newer_format");
});

test("entries of other names, such as leave their folder, and entries given twice are refused", async () => {
  for (const name of [
    "../magtrace.json",
    "/etc/passwd",
    "objects/../../x",
    "objects/originals/1/../../x",
    "objects/series/1/1/.ssh",
    "tables/datasets/0001.jsonl/x",
    "tables/datasets/1.sql",
    "objects/originals/1",
  ]) {
    assert.equal(await codeOf(tarOf(withChecksums([...contents, [name, "x"]]))), "unknown_entry", name);
  }
});

test("an entry without a checksum, and a checksum without an entry, are refused", async () => {
  const [first, ...rest] = withChecksums(contents);
  const extra = tarOf([first!, ["objects/originals/9", "x"], ...rest]);
  assert.equal(await codeOf(extra), "damaged_file");
  const less = tarOf(withChecksums(contents).filter(([name]) => !name.startsWith("objects/")));
  assert.equal(await codeOf(less), "missing_entry");
  assert.equal(await codeOf(tarOf(contents)), "missing_entry");
});

test("a size that no disk holds is a file cut short, and one beyond the limit is too large", async () => {
  const vast = Buffer.concat([
    tarOf(contents, new Uint8Array(0)),
    encodeTarHeader({ name: "objects/originals/2", size: 2 ** 52 }, new Date(0)),
  ]);
  assert.equal(await codeOf(vast), "damaged_file");
  assert.equal(await codeOf(new Uint8Array(limits.mostBytes + 1)), "too_large");
});

test("names and settings that cannot be stored are refused", async () => {
  for (const project of [
    { name: "", description: "", settings: {} },
    { name: "a\0b", description: "", settings: {} },
    { name: "a", description: "", settings: { x: "\ud800" } },
    { name: "a", description: "", settings: 7 },
  ]) {
    const bytes = tarOf(withChecksums([["magtrace.json", JSON.stringify({ ...manifest, project })]]));
    assert.equal(await codeOf(bytes), "not_a_project_file", JSON.stringify(project));
  }
});

test("reading ends when it is asked to", async () => {
  const asked = AbortSignal.abort(new Error("the worker is stopping"));
  await assert.rejects(openArchive(readerOf(whole), limits, asked), /stopping/);
});
