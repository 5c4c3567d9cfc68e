import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "../../src/platform/database/migrate.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import { startEmbeddedPostgres } from "../../src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { prepareDataFolder } from "../../src/supervisor/dataFolder.ts";

/** Cloned for every test that wants a database. */
export const templateName = "magtrace_template";

/** No environment of the developer's decides how tests reach their roles. */
export const noRoleUrls = { DATABASE_APP_URL: "", DATABASE_ACCOUNTS_URL: "", DATABASE_QUEUE_URL: "" };

export interface TestServer {
  /** Owner's URL on the database `postgres`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A PostgreSQL in a folder of its own that is deleted afterwards, with the migrated template in it. */
export async function startTestServer(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "magtrace-tests-"));
  const dataDir = join(folder, "data");
  endWithUs(folder);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    // Root runs PostgreSQL under another account, which must be able to pass through.
    if (process.getuid?.() === 0) chmodSync(folder, 0o711);
    prepareDataFolder(dataDir);
    const log = { info: () => {}, warn: () => {} };
    const server = await startEmbeddedPostgres({ dataDir, log, database: templateName, durable: false });
    const { roleSecret } = runtimeUrls(noRoleUrls, server.ownerUrl);
    await migrate({ ownerUrl: server.ownerUrl, roleSecret });
    const url = onDatabase(server.ownerUrl, "postgres");
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`ALTER DATABASE ${templateName} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
    await client.end();
    return {
      url,
      stop: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** PostgreSQL outlives a test run that is killed; a shell of its own that waits for our end then clears up. */
function endWithUs(folder: string): void {
  const script = `while kill -0 "$1" 2>/dev/null; do sleep 1; done
    server=$(head -n 1 "$2/data/postgres/postmaster.pid" 2>/dev/null) && kill -QUIT "$server" && sleep 1
    rm -rf "$2"`;
  spawn("sh", ["-c", script, "sh", String(process.pid), folder], { detached: true, stdio: "ignore" }).unref();
}

export function onDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
