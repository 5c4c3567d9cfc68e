import { spawnSync } from "node:child_process";
import { AppError } from "../../errors.ts";

/** The system account PostgreSQL runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NAME = "postgres";

/**
 * As whom PostgreSQL must run: undefined is "as we do". PostgreSQL refuses to run as root, so for root it is the
 * owner of the existing cluster, else the system account `postgres`, which is made when missing.
 */
export function serverAccount(
  clusterOwner: Account | undefined,
  ownUid = process.getuid?.(),
): Account | undefined {
  if (ownUid !== 0) {
    if (clusterOwner !== undefined && ownUid !== undefined && clusterOwner.uid !== ownUid) {
      throw new AppError(
        "cannot_write",
        `The database in the data folder belongs to the system account number ${clusterOwner.uid}. Start MagTrace as that account or as root.`,
      );
    }
    return undefined;
  }
  if (clusterOwner !== undefined && clusterOwner.uid !== 0) return clusterOwner;
  return lookUp() ?? create();
}

function lookUp(): Account | undefined {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const answer = spawnSync("id", [flag, NAME], { encoding: "utf8" });
    return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function create(): Account {
  const attempts: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]],
    ["adduser", ["-S", "-D", "-H", NAME]],
  ];
  for (const [program, args] of attempts) {
    spawnSync(program, args, { stdio: "ignore" });
    const account = lookUp();
    if (account !== undefined) return account;
  }
  throw new AppError(
    "dependency_unavailable",
    "PostgreSQL does not run as root and the system account `postgres` could not be made. Make it with `useradd --system postgres`, start MagTrace as another user, or set DATABASE_URL.",
  );
}
