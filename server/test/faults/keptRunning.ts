import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

export type Process = "api" | "worker";

/** A process of the program, started again when it ends by itself, as the supervisor does. */
export interface KeptRunning {
  readonly pid: number;
  /** Whether the one that runs now has said that it is ready. */
  isReady(): boolean;
  /** @param clockMs How far its clock goes ahead. */
  start(clockMs?: number): void;
  /** Resolves when it is gone. It is not started again. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const shiftedClock = pathToFileURL(fileURLToPath(new URL("./shiftedClock.mjs", import.meta.url))).href;
const READY = { api: "api listens", worker: "worker takes jobs" } as const;
const AGAIN_AFTER_MS = 200;

/** @param folder Whose file `pids` gets the number of each process. */
export function keptRunning(
  name: Process,
  { environment, folder }: { readonly environment: Record<string, string>; readonly folder: string },
): KeptRunning {
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let ready = false;
  const start = (clockMs = 0) => {
    const moved =
      clockMs === 0 ? {} : { NODE_OPTIONS: `--import=${shiftedClock}`, FAULTS_CLOCK_MS: String(clockMs) };
    const own = spawn(process.execPath, [cli, name], {
      env: { ...environment, ...moved },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = own;
    ready = false;
    createInterface({ input: own.stdout! }).on("line", (line) => {
      if (own === child && line.includes(`"${READY[name]}"`)) ready = true;
    });
    own.once("exit", () => {
      if (own !== child) return;
      ready = false;
      again = setTimeout(() => start(clockMs), AGAIN_AFTER_MS);
    });
    appendFileSync(join(folder, "pids"), `${own.pid}\n`);
  };
  return {
    get pid() {
      return child!.pid!;
    },
    isReady: () => ready,
    start,
    async end(signal) {
      clearTimeout(again);
      const own = child;
      child = undefined;
      ready = false;
      if (own === undefined || own.exitCode !== null || own.signalCode !== null) return;
      const exited = once(own, "exit");
      own.kill(signal);
      await exited;
    },
  };
}
