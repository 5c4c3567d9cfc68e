import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ZipFile } from "yazl";
import { readerOf } from "../../../platform/objects/testing/memoryObjects.ts";
import type { ObjectReader } from "../../../platform/objects/types.ts";
import { checksumLine, FORMAT, VERSION } from "../format.ts";
import { ArchiveRefused } from "./archiveFindings.ts";
import { type Archive, openArchive } from "./openArchive.ts";

const never = new AbortController().signal;
const limits = { mostBytes: 1 << 20, maxRatio: 200 };
const manifest = {
  format: FORMAT,
  version: VERSION,
  program_version: "0.1.0",
  exported_at: "2026-01-01T00:00:00.000Z",
  project: { name: "Survey", description: "", settings: {} },
  tables: { datasets: 1 },
  unfinished: {},
};
const contents: [string, string][] = [
  ["magtrace.json", JSON.stringify(manifest)],
  ["README.md", "# A project\n"],
  ["tables/datasets/0001.jsonl", '{"id":1}\n'],
  ["objects/series/1/1/base.arrow", "ARROW1"],
  ["readable/readings/1.csv", "t,b_x\r\n"],
];

interface Packing {
  readonly isZip64?: boolean;
  readonly compressObjects?: boolean;
}

async function zipOf(entries: readonly (readonly [string, string])[], packing: Packing = {}) {
  const zip = new ZipFile();
  for (const [name, content] of entries) {
    zip.addBuffer(Buffer.from(content), name, {
      mtime: new Date("2026-01-01T00:00:00Z"),
      compress: packing.compressObjects === true || !name.startsWith("objects/"),
      forceZip64Format: packing.isZip64 === true,
    });
  }
  zip.end({ forceZip64Format: packing.isZip64 === true, comment: "" });
  return Buffer.concat((await Array.fromAsync(zip.outputStream)) as Buffer[]);
}

function withChecksums(entries: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const lines = entries.map(([name, content]) =>
    checksumLine(name, createHash("sha256").update(content).digest("hex")),
  );
  return [...entries, ["SHA256SUMS", lines.join("")]];
}

const open = (bytes: Uint8Array) => openArchive(readerOf(bytes), limits, never);

async function faultOf(bytes: Uint8Array) {
  const error = await open(bytes).then(
    () => assert.fail("it was taken"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ArchiveRefused, String(error));
  return error.findings[0]!;
}

async function contentsOf(archive: Archive): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of archive.entries.keys()) {
    found[name] = Buffer.from(await archive.read(name, 10_000)).toString();
  }
  return found;
}

/** The name of every entry that has it, in the directory as well, made another of its length. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  assert.equal(from.length, to.length);
  return Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
}

const whole = await zipOf(withChecksums(contents));

test("a whole ZIP is opened, its entries are as they were, and what is stored can be read in parts", async () => {
  for (const bytes of [whole, await zipOf(withChecksums(contents), { isZip64: true })]) {
    const archive = await open(bytes);
    assert.deepEqual(archive.manifest, manifest);
    assert.deepEqual(await contentsOf(archive), Object.fromEntries(withChecksums(contents)));
    const arrow = archive.open("objects/series/1/1/base.arrow");
    assert.equal(Buffer.from(await arrow.read(2, 3)).toString(), "ROW");
  }
});

test("readings that somebody compressed are refused in words, not read wrong", async () => {
  const archive = await open(await zipOf(withChecksums(contents), { compressObjects: true }));
  assert.throws(() => archive.open("objects/series/1/1/base.arrow"), /without compression/);
});

test("a ZIP cut short anywhere is refused", async () => {
  for (let length = 4; length < whole.length; length += 13) {
    assert.match((await faultOf(whole.subarray(0, length))).code, /^(damaged_file|not_a_project_file)$/);
  }
});

test("a ZIP with any byte changed is refused, or has the same content", async () => {
  const expected = Object.fromEntries(withChecksums(contents));
  const places = fc.integer({ min: 0, max: whole.length - 1 });
  const changes = fc.integer({ min: 1, max: 255 });
  await fc.assert(
    fc.asyncProperty(places, changes, async (place, change) => {
      const changed = Buffer.from(whole);
      changed[place] = changed[place]! ^ change;
      try {
        assert.deepEqual(await contentsOf(await open(changed)), expected, `byte ${place}`);
      } catch (error) {
        assert.ok(error instanceof ArchiveRefused, `byte ${place}: ${String(error)}`);
      }
    }),
    { numRuns: 500, seed: 9 },
  );
});

test("a changed content is named", async () => {
  const entries = withChecksums(contents).map(([name, content]): [string, string] => {
    return [name, name === "readable/readings/1.csv" ? "t,b_y\r\n" : content];
  });
  const fault = await faultOf(await zipOf(entries));
  assert.deepEqual([fault.code, fault.column], ["damaged_file", "readable/readings/1.csv"]);
});

test("entries that leave their folder, are folders, come twice or are of another kind are refused", async () => {
  const extra: [string, string] = ["objects/originals/1", "x"];
  const bytes = await zipOf(withChecksums([...contents, extra]));
  for (const name of [
    "../../../../etc/pwd",
    "/bjects/originals/1",
    "objects\\originals\\1",
    "readable/../../x.y",
  ]) {
    const fault = await faultOf(renamed(bytes, extra[0], name.padEnd(19, "x").slice(0, 19)));
    assert.match(fault.code, /^(unknown_entry|damaged_file)$/, name);
  }
  for (const name of [
    "readable/run.sh/x",
    "readable/.profile",
    "readable/a/b/c.csv",
    "objects/originals/1/",
  ]) {
    const zip = new ZipFile();
    for (const [each, content] of withChecksums(contents)) zip.addBuffer(Buffer.from(content), each);
    if (name.endsWith("/")) zip.addEmptyDirectory(name);
    else zip.addBuffer(Buffer.from("x"), name);
    zip.end();
    const fault = await faultOf(Buffer.concat((await Array.fromAsync(zip.outputStream)) as Buffer[]));
    assert.deepEqual([fault.code, fault.column], ["unknown_entry", name]);
  }
  const twice = renamed(
    await zipOf(withChecksums([...contents, ["readable/readings/2.csv", "x"]])),
    "readings/2",
    "readings/1",
  );
  assert.equal((await faultOf(twice)).code, "unknown_entry");
});

test("entries that share bytes, as those of a bomb do, are refused", async () => {
  const bytes = Buffer.from(whole);
  const directory = bytes.indexOf("PK\x01\x02", 0, "latin1");
  const second = bytes.indexOf("PK\x01\x02", directory + 4, "latin1");
  const third = bytes.indexOf("PK\x01\x02", second + 4, "latin1");
  // The second entry is made to begin where the third does.
  bytes.writeUInt32LE(bytes.readUInt32LE(third + 42), second + 42);
  assert.equal((await faultOf(bytes)).code, "damaged_file");
});

test("what grows beyond the limits is refused before it is unpacked", async () => {
  const zeros = "\0".repeat(2 << 20);
  const large = await faultOf(await zipOf(withChecksums([...contents, ["objects/originals/1", zeros]])));
  assert.deepEqual([large.code, /UPLOAD_MAX_DECOMPRESSED_MIB/.test(large.expected)], ["too_large", true]);
  const most = { mostBytes: 1 << 30, maxRatio: 2 };
  const bomb: [string, string][] = [["readable/readings/1.csv", "0".repeat(10 << 20)]];
  const packed = await zipOf(withChecksums([contents[0]!, ...bomb]));
  await assert.rejects(openArchive(readerOf(packed), most, never), /UPLOAD_MAX_RATIO/);
});

test("an entry that is longer than it says is not read on", async () => {
  const text = "t,b_x\r\n".repeat(1000);
  const bytes = await zipOf(withChecksums([...contents, ["readable/readings/2.csv", text]]));
  const at = bytes.lastIndexOf("readable/readings/2.csv") - 46 + 24;
  assert.equal(bytes.readUInt32LE(at), text.length);
  bytes.writeUInt32LE(10, at);
  assert.equal((await faultOf(bytes)).code, "damaged_file");
});

test("a newer form is named as such, and a ZIP of something else is no project's file", async () => {
  const newer = JSON.stringify({ format: FORMAT, version: VERSION + 1, new: true });
  assert.equal(
    (
      await faultOf(
        await zipOf(
          withChecksums([
            ["magtrace.json", newer],
            ["new.bin", "x"],
          ]),
        ),
      )
    ).code,
    "newer_format",
  );
  assert.equal((await faultOf(await zipOf([["a.csv", "t,b"]]))).code, "not_a_project_file");
});

test("what the store throws stays what it is", async () => {
  const failing: ObjectReader = {
    ...readerOf(whole),
    async *stream() {
      yield await Promise.reject<Uint8Array>(new Error("the store is away"));
    },
  };
  await assert.rejects(openArchive(failing, limits, never), /the store is away/);
});
