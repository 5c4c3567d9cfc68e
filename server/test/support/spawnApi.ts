import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { TestInstallation } from "./testInstallation.ts";

export interface SpawnedApi {
  readonly address: string;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and waits. @returns its exit status. */
  stop(): Promise<number | null>;
}

/** Of this version. */
const server = fileURLToPath(new URL("../../", import.meta.url));

/**
 * An api in a process of its own beside an installation's, to be killed. It ends with the test at the latest.
 *
 * @param code The folder `server` of the version it is of.
 */
export async function spawnApi(
  t: Pick<TestContext, "after">,
  { config }: Pick<TestInstallation, "config">,
  settings: Readonly<Record<string, string>> = {},
  code = server,
): Promise<SpawnedApi> {
  const child = spawn(process.execPath, [join(code, "src/cli.ts"), "api"], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      MAGTRACE_DATA_DIR: config.MAGTRACE_DATA_DIR,
      DATABASE_PREPARED_STATEMENTS: String(config.DATABASE_PREPARED_STATEMENTS),
      DATABASE_APP_URL: config.DATABASE_APP_URL,
      DATABASE_ACCOUNTS_URL: config.DATABASE_ACCOUNTS_URL,
      DATABASE_QUEUE_URL: config.DATABASE_QUEUE_URL,
      RATE_LIMIT_WRITE: "0",
      RATE_LIMIT_UPLOAD: "0",
      ...settings,
    },
    stdio: ["ignore", "pipe", "inherit"],
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
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number };
    if (msg === "api listens" && port !== undefined) resolve(port);
  });
  child.once("exit", () => reject(new Error("the api ended before it listened")));
  return { address: `http://127.0.0.1:${await promise}`, kill, stop };
}
