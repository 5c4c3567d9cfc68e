import { spawn } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../errors.ts";
import { ownerRole } from "./connectionFile.ts";
import type { Placement } from "./placeCluster.ts";

/** Environment of every PostgreSQL program: none of ours, so that no secret of ours is in it. */
export const postgresEnvironment = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

/** Whether a complete cluster exists; throws when it was made by another major version. */
export function hasCluster({ clusterDir, binaries }: Placement): boolean {
  const versionFile = join(clusterDir, "PG_VERSION");
  if (!existsSync(versionFile)) return false;
  const made = readFileSync(versionFile, "utf8").trim();
  const wanted = binaries.version.split(".")[0];
  if (made !== wanted) {
    throw new AppError(
      "invalid_config",
      `The database was made by PostgreSQL ${made}, and this MagTrace brings PostgreSQL ${wanted}. Restore a backup into a new data folder, or go back to the MagTrace that made it.`,
    );
  }
  return true;
}

/**
 * Makes an empty cluster. It appears under its name only when complete, so a start that was killed half-way
 * begins anew.
 *
 * @param durable false leaves out flushing to disk, for tests.
 */
export async function createCluster(placement: Placement, password: string, durable = true): Promise<void> {
  const { clusterDir, binaries, account } = placement;
  const partial = `${clusterDir}.partial`;
  const passwordFile = `${clusterDir}.password`;
  rmSync(partial, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  if (existsSync(clusterDir) && readdirSync(clusterDir).length > 0) {
    throw new AppError(
      "invalid_config",
      "The folder `postgres` in the data folder holds something other than MagTrace's database. Move it away or choose another MAGTRACE_DATA_DIR.",
    );
  }
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    mkdirSync(partial, { mode: 0o700 });
    if (account) {
      for (const path of [passwordFile, partial]) chownSync(path, account.uid, account.gid);
    }
    await run(placement, binaries.initdb, [
      `--pgdata=${partial}`,
      `--username=${ownerRole}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--data-checksums",
      "--no-instructions",
      ...(durable ? [] : ["--no-sync"]),
    ]);
    renameSync(partial, clusterDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Gives the owner role a new password without the old one, for a data folder that lost `postgres.json`. */
export async function resetPassword(placement: Placement, password: string): Promise<void> {
  const args = ["--single", "-D", placement.clusterDir, "postgres"];
  await run(placement, placement.binaries.postgres, args, `ALTER ROLE ${ownerRole} PASSWORD '${password}'\n`);
}

function run(placement: Placement, program: string, args: readonly string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...placement.account,
      cwd: dirname(placement.clusterDir),
      env: postgresEnvironment,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said = (said + chunk).slice(-4000);
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const fail = (cause: unknown) =>
      reject(
        new AppError("cannot_write", `The embedded database could not be made: ${lastLine(said)}`, { cause }),
      );
    child.on("error", fail);
    child.on("close", (code) => (code === 0 ? resolve() : fail(new Error(said))));
  });
}

function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => /error|fatal|panic/i.test(line));
  return lines.at(-1)?.trim() ?? "PostgreSQL's initdb failed without a message.";
}
