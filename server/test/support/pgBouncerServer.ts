import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverAccount } from "../../src/platform/embeddedPostgres/serverAccount.ts";
import { freePort } from "../../src/platform/freePort.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import type { TestDatabase } from "./testDatabase.ts";
import { untilListening } from "./untilListening.ts";

const binary = "/usr/sbin/pgbouncer";
/** Why the tests on PgBouncer are left out, or false. In CI they never are. */
export const skipPgBouncer =
  !existsSync(binary) && process.env.CI !== "true"
    ? `${binary} is not installed (apt install pgbouncer)`
    : false;

/** Fewer than there are clients: who works at the same time takes turns on them. */
export const CONNECTIONS_A_ROLE = 2;

export interface PgBouncerServer {
  /** The same database and role as `url`, by way of PgBouncer. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** PgBouncer in transaction mode before the server of `database`. */
export async function startPgBouncer(database: TestDatabase): Promise<PgBouncerServer> {
  const port = await freePort();
  const folder = temporaryFolder();
  const server = new URL(database.app);
  const [users, settings] = [join(folder, "users.txt"), join(folder, "pgbouncer.ini")];
  const passwords = [database.app, database.accounts, database.queue].map((url) => new URL(url));
  writeFileSync(
    users,
    passwords.map(({ username, password }) => `"${username}" "${decodeURIComponent(password)}"\n`).join(""),
  );
  writeFileSync(
    settings,
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${CONNECTIONS_A_ROLE}
max_client_conn = 500
`,
  );
  // It does not run as root. The account it runs as must read both files.
  const account = serverAccount(undefined);
  for (const file of [users, settings]) chmodSync(file, 0o644);
  const child = spawn(binary, ["-q", settings], { stdio: "ignore", ...account });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`PgBouncer ended with ${code}`)));
  });
  failed.catch(() => undefined);
  await Promise.race([untilListening(port), failed]);
  return {
    through(url) {
      const changed = new URL(url);
      changed.port = String(port);
      // The folder of the server's own socket.
      changed.searchParams.delete("host");
      return changed.href;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
