import assert from "node:assert/strict";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/temporaryFolder.ts";
import { AppError } from "../errors.ts";
import { processIdentity } from "../platform/processIdentity.ts";
import { lockDataFolder, lockOwner } from "./lockDataFolder.ts";

const isAlreadyRunning = (error: unknown) => error instanceof AppError && error.code === "already_running";

test("a folder is one process's until it lets go, and nothing is left lying about", async () => {
  const folder = temporaryFolder();
  const lock = await lockDataFolder(folder);
  assert.equal(lockOwner(folder), process.pid);
  await assert.rejects(lockDataFolder(folder), isAlreadyRunning);
  lock.release();
  assert.equal(lockOwner(folder), undefined);
  (await lockDataFolder(folder)).release();
  assert.deepEqual(readdirSync(folder), []);
});

test("of many who start at once exactly one gets it, also over a stale lock", async () => {
  const folder = temporaryFolder();
  const stale = { pid: 2 ** 22 + 7, identity: "gone", stopping: false, children: [] };
  writeFileSync(join(folder, "magtrace.lock"), JSON.stringify(stale));
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => lockDataFolder(folder)));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});

test("the lock of a process whose number another one has now is stale", async () => {
  const folder = temporaryFolder();
  const children = [{ pid: 12, identity: "some child" }];
  const content = { pid: process.pid, identity: "an earlier process", stopping: false, children };
  writeFileSync(join(folder, "magtrace.lock"), JSON.stringify(content));
  const lock = await lockDataFolder(folder);
  assert.deepEqual(lock.leftBehind, children, "its children are handed on");
});

test("a damaged lock is nobody's", async () => {
  for (const text of ["", "{", "[]", '{"pid":"1"}', "null"]) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "magtrace.lock"), text);
    assert.deepEqual((await lockDataFolder(folder)).leftBehind, []);
  }
});

test("who is stopping is waited for, but not for ever", async () => {
  const folder = temporaryFolder();
  const first = await lockDataFolder(folder);
  first.markStopping();
  await assert.rejects(lockDataFolder(folder, 100), isAlreadyRunning);
  const waiting = lockDataFolder(folder, 5_000);
  first.release();
  (await waiting).release();
});

test("the children are noted with their identities; those that have ended are not", async () => {
  const folder = temporaryFolder();
  const lock = await lockDataFolder(folder);
  lock.recordChildren([process.ppid, 2 ** 22 + 7]);
  const { children } = JSON.parse(readFileSync(join(folder, "magtrace.lock"), "utf8"));
  assert.deepEqual(children, [{ pid: process.ppid, identity: processIdentity(process.ppid) }]);
  lock.release();
  assert.ok(!existsSync(join(folder, "magtrace.lock")));
});

test("a folder that was copied while MagTrace ran says that it is a copy; of a stopped one it starts", async () => {
  const [folder, copy] = [temporaryFolder(), temporaryFolder()];
  const path = (of: string) => join(of, "magtrace.lock");
  const lock = await lockDataFolder(folder);
  lock.recordChildren([process.ppid]);
  copyFileSync(path(folder), path(copy));
  assert.equal(lockOwner(copy), undefined);
  await assert.rejects(lockDataFolder(copy), (error) => {
    assert.ok(error instanceof AppError && error.code === "conflict");
    assert.match(error.message, /is a copy of another one.*delete magtrace\.lock/s);
    return true;
  });

  const content = JSON.parse(readFileSync(path(folder), "utf8"));
  writeFileSync(path(copy), JSON.stringify({ ...content, identity: "ended" }));
  const own = await lockDataFolder(copy);
  assert.deepEqual(own.leftBehind, [], "the other folder's processes are let alone");
  own.release();
  lock.release();
});
