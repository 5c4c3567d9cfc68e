// Part of npm run check: what package-lock.json lets in. Every package has a licence that lets MagTrace be given away,
// comes from the registry under a checksum, and runs nothing at install unless package.json says so.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootDir } from "./ensure.mjs";

/** SPDX identifiers under which a package may be used here. MPL-2.0 asks only that its own files stay open. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "NIST-Software",
  "PostgreSQL",
  "Python-2.0",
  "Unlicense",
]);

/** Packages that name a file where an identifier should stand, or have it in their readme, by version: what that says. */
const READ = new Map([
  ["h5wasm 0.10.3", "NIST-Software AND BSD-3-Clause"],
  ["combine-errors 3.0.3", "MIT"],
]);

/**
 * @param lock package-lock.json, version 3.
 * @param allowScripts package.json's list of who may run scripts at install.
 * @returns One sentence for each package that should not be let in.
 */
export function supplyFaults(lock, allowScripts) {
  const faults = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    const name = path.split("node_modules/").at(-1);
    if (!path.includes("node_modules/") || entry.link) continue;
    const what = `${name} ${entry.version}`;
    if (!isAllowed(READ.get(what) ?? entry.license))
      faults.push(`${what} has the licence ${entry.license ?? "(none told)"}`);
    // Packages of other platforms that the registry at hand lacks: scripts/completeLock.mjs.
    if (!entry.integrity && !entry.optional) faults.push(`${what} has no checksum`);
    // The lock names no addresses: everything comes by name from whatever registry npm is set up with.
    if (entry.resolved) faults.push(`${what} comes from ${entry.resolved}`);
    if (entry.hasInstallScript && !(name in allowScripts)) {
      faults.push(`${what} wants to run a script at install, and allowScripts does not name it`);
    }
  }
  return faults;
}

/** `MIT`, `(MIT OR CC0-1.0)`, `MIT AND ISC`: of alternatives one must be allowed, of conjunctions all. */
function isAllowed(expression) {
  if (typeof expression !== "string") return false;
  const plain = expression.replaceAll(/[()]/g, "");
  return plain.split(" OR ").some((choice) => choice.split(" AND ").every((id) => ALLOWED.has(id.trim())));
}

// Node 20 has no import.meta.main.
if (process.argv[1] === import.meta.filename) {
  const read = (name) => JSON.parse(readFileSync(join(rootDir, name), "utf8"));
  const faults = existsSync(join(rootDir, "package-lock.json"))
    ? supplyFaults(read("package-lock.json"), read("package.json").allowScripts ?? {})
    : ["package-lock.json is missing"];
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  process.exit(faults.length === 0 ? 0 : 1);
}
