// Part of npm run check: migrations that landed stay as they are. server/migrations/landed.sha256 has a line for each,
// in the form of sha256sum.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootDir } from "./ensure.mjs";

const numberOf = (name) => Number(name.slice(0, 4));

/**
 * @param landed Text of landed.sha256.
 * @param files Contents by name.
 * @returns One sentence for each migration that is not as it landed, or cannot be new.
 */
export function migrationFaults(landed, files) {
  const faults = [];
  const known = new Map();
  for (const line of landed.split("\n").filter((text) => text !== "")) {
    const [, sha256, name] = /^([0-9a-f]{64}) {2}(\d{4}_\w+\.sql)$/.exec(line) ?? [];
    if (name === undefined) faults.push(`landed.sha256: this line is not a SHA-256 and a name: ${line}`);
    else if (known.has(name)) faults.push(`landed.sha256: ${name} has two lines.`);
    else known.set(name, sha256);
  }
  for (const [name, sha256] of known) {
    const content = files.get(name);
    if (content === undefined) faults.push(`${name} landed and is gone. Restore it.`);
    else if (createHash("sha256").update(content).digest("hex") !== sha256) {
      faults.push(`${name} landed and is edited. Restore it, and write a new migration.`);
    }
  }
  const last = Math.max(0, ...[...known.keys()].map(numberOf));
  for (const name of files.keys()) {
    if (known.has(name) || numberOf(name) > last) continue;
    faults.push(`${name} is new, but ${last} landed already. Give it a number above ${last}.`);
  }
  return faults;
}

// Node 20 has no import.meta.main.
if (process.argv[1] === import.meta.filename) {
  const folder = join(rootDir, "server", "migrations");
  const names = readdirSync(folder).filter((name) => /^\d{4}_\w+\.sql$/.test(name));
  const files = new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  const faults = migrationFaults(readFileSync(join(folder, "landed.sha256"), "utf8"), files);
  for (const sentence of faults) process.stdout.write(`${sentence}\n`);
  process.exit(faults.length === 0 ? 0 : 1);
}
