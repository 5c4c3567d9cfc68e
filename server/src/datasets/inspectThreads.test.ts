import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { AppError } from "../errors.ts";
import type { InspectInProject } from "./inspectInProject.ts";
import { InspectThreads, type InspectThreadsOptions } from "./inspectThreads.ts";

const MIB = 1024 * 1024;
const limits = { maxDecompressedBytes: 1024 * MIB, maxRatio: 200, maxColumns: 1000, maxFieldBytes: 65_536 };
const file = new URL("./testing/slowInspectThread.ts", import.meta.url);

function threadsFor(t: TestContext, options: Partial<InspectThreadsOptions> = {}): InspectThreads {
  const threads = new InspectThreads({ threads: 2, ...options });
  t.after(() => threads.close());
  return threads;
}

function requestOf(filename: string, bytes: Uint8Array = new Uint8Array(0)): InspectInProject {
  return { filename, head: { bytes, complete: false }, limits, profile: null, profiles: [] };
}

function person(userId: number, isThere = true) {
  return { userId, isThere: () => isThere };
}

function inWords(words: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof AppError && error.code === "unreadable_file" && words.test(error.message);
}

describe("threads that inspect files", () => {
  test("end what takes too long, tell so in words, and go on", async (t) => {
    const threads = threadsFor(t, { file, timeoutMs: 3_000 });
    const others = Array.from({ length: 4 }, (_, i) => threads.inspect(person(i), requestOf("slow")));
    await assert.rejects(threads.inspect(person(9), requestOf("endless")), inWords(/longer than 3 s/));
    for (const seen of await Promise.all(others)) assert.equal(seen.format, "slow");
    const seen = await threads.inspect(person(9), requestOf("after"));
    assert.equal(seen.format, "after");
  });

  test("end what takes too much memory, and go on", async (t) => {
    const threads = threadsFor(t, { file, heapMib: 32, timeoutMs: 60_000 });
    await assert.rejects(threads.inspect(person(1), requestOf("greedy")), inWords(/more memory/));
    assert.equal((await threads.inspect(person(1), requestOf("after"))).format, "after");
  });

  test("of one who asks for much leave a thread to others", async (t) => {
    const threads = threadsFor(t, { file, timeoutMs: 4_000 });
    const done: string[] = [];
    const ask = async (userId: number, name: string) => {
      await threads.inspect(person(userId), requestOf(name)).catch(() => undefined);
      done.push(name);
    };
    await Promise.all([ask(1, "endless"), ask(1, "endless"), ask(2, "other"), ask(3, "third")]);
    assert.deepEqual(done, ["other", "third", "endless", "endless"]);
  });

  test("take no more than they have memory for, and nothing for somebody who has gone", async (t) => {
    const threads = threadsFor(t, { file, mostWaitingBytes: 100 });
    const first = threads.inspect(person(1), requestOf("slow", new Uint8Array(80)));
    await assert.rejects(
      threads.inspect(person(2), requestOf("slow", new Uint8Array(30))),
      (error: unknown) => error instanceof AppError && error.code === "too_many_requests",
    );
    await first;
    await threads.inspect(person(2), requestOf("slow", new Uint8Array(80)));
    await assert.rejects(threads.inspect(person(3, false), requestOf("slow")), /has gone/);
  });
});

/** Files made to keep a reader busy; all must be answered, with whatever they deserve. */
const HOSTILE: readonly (readonly [name: string, make: () => Uint8Array])[] = [
  ["one line of 8 MB", () => Buffer.alloc(8 * MIB, "1,")],
  ["one line of 8 MB without delimiters", () => Buffer.alloc(8 * MIB, "x")],
  [
    "an open quote and 8 MB",
    () => Buffer.concat([Buffer.from('time,b_x\n"'), Buffer.alloc(8 * MIB, 'a""\n')]),
  ],
  [
    "100,000 columns",
    () => {
      const names = Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(",");
      return Buffer.from(`${names}\n${`${"1,".repeat(99_999)}1\n`.repeat(2)}`);
    },
  ],
  ["names of brackets and blanks", () => Buffer.from(`${`${"([{ ".repeat(400)},`.repeat(600)}\n1,2,3\n`)],
  ["gzip in gzip in gzip", () => gzipSync(gzipSync(gzipSync(Buffer.alloc(4 * MIB, "1,2,3\n"))))],
  ["a bomb of zeros", () => gzipSync(Buffer.alloc(256 * MIB))],
  ["a bomb of one line", () => gzipSync(Buffer.alloc(256 * MIB, "x"))],
  [
    "cells that are nearly dates and numbers",
    () => {
      const cell = `${"1-".repeat(40)} ${"0".repeat(300)}e${"9".repeat(300)}, ${"12:".repeat(60)}`;
      return Buffer.from(`time,b_x,b_y,b_z\n${`${cell},${cell},${cell},${cell}\n`.repeat(400)}`);
    },
  ],
  ["nothing but delimiters", () => Buffer.alloc(MIB, ",;\t| \n")],
  ["nothing but ends of lines", () => Buffer.alloc(MIB, "\r\n")],
  ["nested JSON", () => Buffer.from(`${'{"a":['.repeat(50_000)}`)],
  [
    "an archive that says it is larger",
    () => Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(MIB, 0xff)]),
  ],
];

test("files that are made to keep a reader busy are answered all the same", async (t) => {
  const threads = threadsFor(t, { timeoutMs: 60_000 });
  for (const [name, make] of HOSTILE) {
    const bytes = make();
    for (const complete of [false, true]) {
      const request = { ...requestOf("a.csv"), head: { bytes, complete } };
      assert.equal((await threads.inspect(person(1), request)).readings, null, name);
    }
  }
});

/** Run in a thread: which packages are loaded with a module. */
const LOADED = `
  const { registerHooks } = require("node:module");
  const { parentPort, workerData } = require("node:worker_threads");
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url);
      if (found !== null) packages.add(found[1]);
      return next(url, context);
    },
  });
  import(workerData).then(() => parentPort.postMessage([...packages]));
`;

test("no library of another format is loaded to read a text", async () => {
  const workerData = new URL("./inspectInProject.ts", import.meta.url).href;
  const [packages] = (await once(new Worker(LOADED, { eval: true, workerData }), "message")) as [string[]];
  const own = packages.filter((name) => !name.startsWith("@magtrace/"));
  assert.deepEqual(own.sort(), ["pend", "yauzl"]);
});
