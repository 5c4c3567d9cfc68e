import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../errors.ts";
import { type Binaries, binariesIn } from "./findBinaries.ts";
import { type Account, serverAccount } from "./serverAccount.ts";

/** Where the cluster lies, which programs run it and as whom. */
export interface Placement {
  /** Real path of PostgreSQL's own data directory; its parent exists, itself perhaps not yet. */
  readonly clusterDir: string;
  readonly binaries: Binaries;
  /** undefined: as ourselves. */
  readonly account: Account | undefined;
}

/**
 * Decides where the cluster lies. Usually that is `postgres` in the data folder. When we are root and the
 * account PostgreSQL runs as cannot reach the data folder (a clone under /root), the cluster lies under
 * `systemDir` and `postgres` is a link to it; likewise with the programs. No existing folder is opened up.
 */
export function placeCluster(
  dataDir: string,
  binaries: Binaries,
  systemDir = "/var/lib/magtrace",
): Placement {
  const link = join(dataDir, "postgres");
  const account = serverAccount(ownerOf(link));
  if (account === undefined) {
    return { clusterDir: join(realpathSync(dataDir), "postgres"), binaries, account };
  }
  const ownDir = join(
    systemDir,
    createHash("sha256").update(realpathSync(dataDir)).digest("hex").slice(0, 16),
  );
  return {
    clusterDir: reachableCluster(dataDir, link, ownDir, account),
    binaries: reachableBinaries(binaries, ownDir, account),
    account,
  };
}

function ownerOf(path: string): Account | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { uid: stats.uid, gid: stats.gid };
}

function reachableCluster(dataDir: string, link: string, ownDir: string, account: Account): string {
  const found = lstatSync(link, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return linkedCluster(dataDir, link);
  if (isReachable(dataDir, account)) return join(realpathSync(dataDir), "postgres");

  const cluster = join(ownDir, "postgres");
  makeOwnDir(ownDir);
  setAside(cluster);
  if (found !== undefined) move(link, cluster);
  writeFileSync(join(ownDir, "data-folder"), `${realpathSync(dataDir)}\n`);
  symlinkSync(cluster, link);
  return cluster;
}

/** A copied data folder still links to the cluster of the original; two installations must not share it. */
function linkedCluster(dataDir: string, link: string): string {
  const cluster = readlinkSync(link);
  const note = join(dirname(cluster), "data-folder");
  const recorded = existsSync(note) ? readFileSync(note, "utf8").trim() : "";
  const here = realpathSync(dataDir);
  if (recorded !== "" && recorded !== here) {
    const other = join(recorded, "postgres");
    const stillLinked =
      lstatSync(other, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(other) === cluster;
    if (stillLinked) {
      throw new AppError(
        "invalid_config",
        `This data folder is a copy of ${recorded}, whose database it would share. Make a backup and restore it here instead.`,
      );
    }
    writeFileSync(note, `${here}\n`);
  }
  makeOwnDir(dirname(cluster));
  return cluster;
}

function makeOwnDir(path: string): void {
  for (const folder of [dirname(path), path]) {
    if (existsSync(folder)) continue;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
    } catch (cause) {
      throw new AppError(
        "cannot_write",
        `The folder ${folder} cannot be made; PostgreSQL's account cannot reach the data folder and needs it.`,
        { cause },
      );
    }
  }
}

/** A cluster that a deleted data folder of this name left behind: neither taken over nor thrown away. */
function setAside(cluster: string): void {
  const left = statSync(cluster, { throwIfNoEntry: false });
  if (left !== undefined) renameSync(cluster, `${cluster}.left-${Math.floor(left.mtimeMs)}`);
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    const copied = spawnSync("cp", ["-a", "--", from, to], { stdio: "ignore" });
    if (copied.status !== 0) throw new AppError("cannot_write", `The database could not be moved to ${to}.`);
    rmSync(from, { recursive: true });
  }
}

function isReachable(folder: string, account: Account): boolean {
  return spawnSync("test", ["-x", folder], { ...account, cwd: "/" }).status === 0;
}

function isRunnable(program: string, account: Account): boolean {
  return spawnSync(program, ["--version"], { ...account, cwd: "/", stdio: "ignore" }).status === 0;
}

function reachableBinaries(binaries: Binaries, ownDir: string, account: Account): Binaries {
  if (isRunnable(binaries.postgres, account)) return binaries;
  const copyDir = join(ownDir, `postgresql-${binaries.version}`);
  const copy = binariesIn(copyDir, binaries.version);
  if (!existsSync(copyDir)) {
    makeOwnDir(ownDir);
    const partial = `${copyDir}.partial`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(binaries.rootDir, partial, { recursive: true, verbatimSymlinks: true });
    spawnSync("chmod", ["-R", "a+rX", partial], { stdio: "ignore" });
    renameSync(partial, copyDir);
  }
  if (!isRunnable(copy.postgres, account)) {
    throw new AppError(
      "dependency_unavailable",
      `PostgreSQL cannot be run from ${copyDir} by the account number ${account.uid}. Start MagTrace as another user, or set DATABASE_URL.`,
    );
  }
  return copy;
}
