import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { processIdentity } from "../../processIdentity.ts";
import { systemCode } from "../errors.ts";

/** An object still being written by a process that cannot be asked is given up after a day without a byte. */
const abandonedAfterMs = 24 * 3600 * 1000;
const nameForm = /^([0-9a-f]{8})-([0-9]+)-([0-9a-f]{8})-[0-9a-f]{16}\.part$/;

/** A name for an object being written, from which a later start can tell whether its writer still lives. */
export function incomingName(): string {
  const random = randomBytes(8).toString("hex");
  return `${machineTag()}-${process.pid}-${identityTag(process.pid)}-${random}.part`;
}

/** Removes what dead writers left in the folder and returns how many files that were. */
export async function sweepIncoming(folder: string, nowMs: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (!(await isAbandoned(folder, name, nowMs))) continue;
    await rm(join(folder, name), { force: true });
    removed += 1;
  }
  return removed;
}

async function isAbandoned(folder: string, name: string, nowMs: number): Promise<boolean> {
  const [, machine, pid, identity] = nameForm.exec(name) ?? [];
  if (machine === machineTag() && identityTag(Number(pid)) !== identity) return true;
  try {
    return nowMs - (await stat(join(folder, name))).mtimeMs > abandonedAfterMs;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Process numbers mean something only among processes that see the same ones. */
function machineTag(): string {
  return shortHash(`${hostname()} ${processNamespace()}`);
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function identityTag(pid: number): string {
  return shortHash(processIdentity(pid) ?? "none");
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
