import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Config } from "../../src/config.ts";

export interface SpawnedWorker {
  readonly pid: number;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and waits. @returns its exit status. */
  stop(): Promise<number | null>;
}

/** Of this version. */
const server = fileURLToPath(new URL("../../", import.meta.url));

/**
 * A worker in a process of its own, to be killed. It ends with the test at the latest.
 *
 * @param code The folder `server` of the version it is of.
 */
export function spawnWorker(t: Pick<TestContext, "after">, config: Config, code = server): SpawnedWorker {
  const child = spawn(process.execPath, [join(code, "src/cli.ts"), "worker"], {
    env: {
      PATH: process.env.PATH,
      MAGTRACE_DATA_DIR: config.MAGTRACE_DATA_DIR,
      DATABASE_PREPARED_STATEMENTS: String(config.DATABASE_PREPARED_STATEMENTS),
      DATABASE_APP_URL: config.DATABASE_APP_URL,
      DATABASE_ACCOUNTS_URL: config.DATABASE_ACCOUNTS_URL,
      DATABASE_QUEUE_URL: config.DATABASE_QUEUE_URL,
      LOG_LEVEL: "fatal",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    return child.exitCode;
  };
  t.after(kill);
  return { pid: child.pid!, kill, stop };
}
