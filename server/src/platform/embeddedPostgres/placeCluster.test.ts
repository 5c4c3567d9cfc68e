import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../../test/support/temporaryFolder.ts";
import { AppError } from "../../errors.ts";
import { type Binaries, binariesIn, findBinaries } from "./findBinaries.ts";
import { placeCluster } from "./placeCluster.ts";
import { serverAccount } from "./serverAccount.ts";

/** An account without rights. */
const NOBODY = 65_534;

/** A folder like /root: only its owner can pass through. */
function closedFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o700);
  return folder;
}

function dataDirIn(folder: string): string {
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { mode: 0o711 });
  return dataDir;
}

/** A copy of PostgreSQL's programs in a folder. */
function programsIn(folder: string): Binaries {
  const { rootDir, version } = findBinaries();
  const copy = join(folder, "native");
  cpSync(rootDir, copy, { recursive: true, verbatimSymlinks: true });
  return binariesIn(copy, version);
}

function isRoot(t: TestContext): boolean {
  if (process.getuid?.() === 0) return true;
  t.skip("only root runs PostgreSQL under another account");
  return false;
}

test("as a plain account the cluster lies in the data folder and runs as that account", () => {
  const dataDir = dataDirIn(temporaryFolder());
  if (process.getuid?.() === 0) chownSync(dataDir, NOBODY, NOBODY);
  const program = fileURLToPath(new URL("../../../test/support/placeAsPlainAccount.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [program, dataDir, String(NOBODY)], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const { uid, clusterDir, account } = JSON.parse(stdout);
  assert.notEqual(uid, 0);
  assert.equal(clusterDir, join(realpathSync(dataDir), "postgres"));
  assert.equal(account, undefined);
});

test("a cluster of another account is refused to a plain account and run as its owner by root", () => {
  const owner = { uid: 4242, gid: 4242 };
  assert.throws(
    () => serverAccount(owner, 1000),
    (error: unknown) =>
      error instanceof AppError && error.code === "cannot_write" && /4242/.test(error.message),
  );
  assert.deepEqual(serverAccount(owner, 0), owner);
  assert.equal(serverAccount({ uid: 1000, gid: 1000 }, 1000), undefined);
});

test("root's cluster lies in the data folder where PostgreSQL's account can reach it", (t) => {
  if (!isRoot(t)) return;
  // The programs, too, also where those of this clone lie in a closed folder.
  const reachable = programsIn(temporaryFolder());
  const dataDir = dataDirIn(temporaryFolder());
  const systemDir = join(temporaryFolder(), "system");
  assert.equal(
    placeCluster(dataDir, reachable, systemDir).clusterDir,
    join(realpathSync(dataDir), "postgres"),
  );
  assert.ok(!existsSync(systemDir));
});

test("where it cannot, the data folder links to a cluster in a system folder, and no folder is opened up", (t) => {
  if (!isRoot(t)) return;
  const closed = closedFolder();
  const dataDir = dataDirIn(closed);
  const systemDir = join(temporaryFolder(), "system");
  const { clusterDir } = placeCluster(dataDir, findBinaries(), systemDir);
  assert.ok(clusterDir.startsWith(systemDir));
  assert.equal(readlinkSync(join(dataDir, "postgres")), clusterDir);
  assert.equal(statSync(closed).mode & 0o777, 0o700);
  assert.equal(
    placeCluster(dataDir, findBinaries(), systemDir).clusterDir,
    clusterDir,
    "and again next time",
  );
});

test("a data folder moved into a closed folder takes its cluster along", (t) => {
  if (!isRoot(t)) return;
  const dataDir = dataDirIn(closedFolder());
  mkdirSync(join(dataDir, "postgres"));
  writeFileSync(join(dataDir, "postgres", "PG_VERSION"), "18\n");
  const { clusterDir } = placeCluster(dataDir, findBinaries(), join(temporaryFolder(), "system"));
  assert.ok(existsSync(join(clusterDir, "PG_VERSION")));
  assert.equal(readlinkSync(join(dataDir, "postgres")), clusterDir);
});

test("a copy of a data folder does not share the original's cluster; a renamed one keeps it", (t) => {
  if (!isRoot(t)) return;
  const closed = closedFolder();
  const dataDir = dataDirIn(closed);
  const systemDir = join(temporaryFolder(), "system");
  const { clusterDir } = placeCluster(dataDir, findBinaries(), systemDir);
  const copy = join(closed, "copy");
  cpSync(dataDir, copy, { recursive: true, verbatimSymlinks: true });
  assert.throws(
    () => placeCluster(copy, findBinaries(), systemDir),
    (error: unknown) => error instanceof AppError && error.code === "invalid_config",
  );
  rmSync(dataDir, { recursive: true });
  assert.equal(placeCluster(copy, findBinaries(), systemDir).clusterDir, clusterDir);
});

test("a cluster that a deleted data folder left behind is neither taken over nor lost", (t) => {
  if (!isRoot(t)) return;
  const closed = closedFolder();
  const systemDir = join(temporaryFolder(), "system");
  const dataDir = dataDirIn(closed);
  const { clusterDir } = placeCluster(dataDir, findBinaries(), systemDir);
  mkdirSync(clusterDir);
  writeFileSync(join(clusterDir, "PG_VERSION"), "18\n");
  const left = `${clusterDir}.left-${Math.floor(statSync(clusterDir).mtimeMs)}`;
  rmSync(dataDir, { recursive: true });
  dataDirIn(closed);
  assert.equal(placeCluster(dataDir, findBinaries(), systemDir).clusterDir, clusterDir);
  assert.ok(!existsSync(clusterDir));
  assert.ok(existsSync(join(left, "PG_VERSION")));
});

test("programs that PostgreSQL's account cannot reach are copied once to where it can", (t) => {
  if (!isRoot(t)) return;
  const hidden = programsIn(closedFolder());
  const dataDir = dataDirIn(closedFolder());
  const systemDir = join(temporaryFolder(), "system");
  const place = () => placeCluster(dataDir, hidden, systemDir).binaries.postgres;
  const copy = place();
  assert.ok(copy.startsWith(systemDir));
  const made = statSync(copy).ctimeMs;
  assert.equal(place(), copy);
  assert.equal(statSync(copy).ctimeMs, made);
});
