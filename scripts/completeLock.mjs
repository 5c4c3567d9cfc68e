// node scripts/completeLock.mjs [--check]: puts into package-lock.json the packages for other platforms that npm
// left out. npm drops an optional package from the lock when the registry at hand does not have it, and `npm ci`
// then refuses that lock everywhere. Such an entry has a version but no integrity; npm installs it only on its platform.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, rootDir } from "./ensure.mjs";

const path = join(rootDir, "package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8"));
const missing = missingFrom(lock.packages);
if (missing.length === 0) process.exit(0);
if (process.argv.includes("--check")) {
  const names = missing.map(([name]) => name).join(", ");
  fail(`package-lock.json lacks ${names}; npm ci would refuse it. Run: node scripts/completeLock.mjs`);
}
for (const [name, entry] of missing) lock.packages[`node_modules/${name}`] = entry;
const byPath = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`Added ${missing.length} packages to package-lock.json.\n`);

function missingFrom(packages) {
  const found = [];
  for (const [path, parent] of Object.entries(packages)) {
    if (!path.startsWith("node_modules/")) continue;
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const known = packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
      if (known === undefined) found.push([name, entryFor(name, version, parent)]);
    }
  }
  return found;
}

/** Platform packages are named after their platform: binding-linux-arm64-musl. */
function entryFor(name, version, parent) {
  const pattern =
    /\b(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x)\b(.*)$/;
  const [, os, cpu, rest] = pattern.exec(name) ?? fail(`The platform of ${name} is not in its name.`);
  const libc =
    os !== "linux" ? undefined : /musl/.test(rest) ? "musl" : /gnu/.test(rest) ? "glibc" : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(libc && { libc: [libc] }),
    ...(parent.license && { license: parent.license }),
    optional: true,
    os: [os],
    ...(parent.engines && { engines: parent.engines }),
  };
}
