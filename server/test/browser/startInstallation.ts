import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { variables } from "../../src/config.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

export interface FreshInstallation {
  /** The link for the first administrator, as it was printed. */
  readonly setupUrl: string;
  stop(): Promise<void>;
}

/** Everything `npm start` runs, in an empty folder and on a free port. */
export async function startInstallation(dataDir: string): Promise<FreshInstallation> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !(name in variables)),
  );
  const child = spawn(process.execPath, [cli, "up", "--port", "0", "--data-dir", dataDir], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };
  try {
    return { setupUrl: await printedLink(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function printedLink(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      said.push(line);
      const link = /http\S+\/app\/setup\?token=\S+/.exec(line)?.[0];
      if (link !== undefined) resolve(link);
    });
  }
  child.once("exit", () => reject(new Error(`MagTrace ended before it was ready: ${said.join(" ")}`)));
  return promise;
}
