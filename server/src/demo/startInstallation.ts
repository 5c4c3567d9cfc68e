import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { variables } from "../config.ts";
import { AppError } from "../errors.ts";

export interface RunningInstallation {
  readonly url: string;
  /** May read, write and train. */
  readonly token: string;
  /** Its supervisor; api, worker and PostgreSQL are its descendants. */
  readonly pid: number;
  stop(): Promise<void>;
}

const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
const email = "demo@magtrace.invalid";
const keptLines = 20;

/**
 * Starts everything in one folder on a free port, with an administrator and a token, as `magtrace up` does.
 * @param settings variables of config.ts that are to differ from the usual.
 */
export async function startInstallation(
  dataDir: string,
  signal: AbortSignal,
  settings: Readonly<Partial<Record<keyof typeof variables, string>>> = {},
): Promise<RunningInstallation> {
  const environment = {
    ...withoutConfiguration(process.env),
    ...settings,
    MAGTRACE_ADMIN_EMAIL: email,
    MAGTRACE_ADMIN_PASSWORD: randomBytes(18).toString("base64url"),
  };
  const child = spawn(process.execPath, [cli, "up", "--port", "0", "--data-dir", dataDir], {
    env: environment,
    // The channel closes when the demo dies however it dies, and the installation then stops by itself.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Its own group: Ctrl-C reaches the demo alone, which then stops this in order.
    detached: true,
  });
  const stop = () => stopChild(child);
  signal.addEventListener("abort", () => void stop(), { once: true });
  try {
    const url = await addressOf(child);
    const args = [cli, "token", "create", "--user", email, "--scopes", "read,write,train", "--name", "demo"];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, "--data-dir", dataDir], {
      env: withoutConfiguration(process.env),
    });
    return { url, token: stdout.trim(), pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    if (signal.aborted) throw new AppError("cancelled", "The demo was stopped.", { cause: error });
    throw error;
  }
}

/** Whatever this shell is configured for, a production database say, must have no part in a demo. */
function withoutConfiguration(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !(name in variables)));
}

/** Waits for the line that tells the address; the process ending before it is a failure in its own words. */
async function addressOf(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const failed = (async () => {
    await once(child, "close");
    const message = `MagTrace could not be started: ${said.join(" ") || "it ended without a word"}`;
    throw new AppError("dependency_unavailable", message);
  })();
  const found = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (said.length > keptLines) said.shift();
        const address = / runs at (http\S+)\/app\//.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      });
    }
  });
  failed.catch(() => undefined);
  return Promise.race([found, failed]);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
