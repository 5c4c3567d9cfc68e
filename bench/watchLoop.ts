import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface LoopWatch {
  readonly folder: string;
  end(): void;
}

/** Has the processes of installations started from here on watched; see loopWatch.ts. */
export function watchLoop(): LoopWatch {
  const folder = mkdtempSync(join(tmpdir(), "magtrace-bench-loop-"));
  process.env.NODE_OPTIONS = `--import ${new URL("loopWatch.ts", import.meta.url).href}`;
  process.env.BENCH_LOOP_FOLDER = folder;
  return {
    folder,
    end() {
      delete process.env.NODE_OPTIONS;
      delete process.env.BENCH_LOOP_FOLDER;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Seen {
  /** The longest turn by the clock. */
  readonly delayMs: number;
  /** The most processor time the main thread used between two looks, which other processes cannot lengthen. */
  readonly busyMs: number;
  /** The longest it had work and no processor between two looks: what others took. */
  readonly waitedMs: number;
}

/** What an api, a worker or a job's process has seen since it was last asked. */
export async function seenBy(pid: number, folder: string): Promise<Seen> {
  const path = join(folder, `${pid}.json`);
  rmSync(path, { force: true });
  process.kill(pid, "SIGUSR2");
  for (;;) {
    try {
      return JSON.parse(readFileSync(path, "utf8")) as Seen;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      await delay(20);
    }
  }
}
