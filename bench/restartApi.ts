import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchInstallation } from "./installation.ts";
import { processTree } from "./measure.ts";

/** Ends the api process, which its supervisor starts again, and waits until the new one answers. */
export async function restartApi({ url, pid }: BenchInstallation): Promise<void> {
  const old = apiOf(pid);
  if (old === undefined) throw new Error("the installation has no api process");
  process.kill(old, "SIGKILL");
  for (;;) {
    const fresh = apiOf(pid);
    if (fresh !== undefined && fresh !== old && (await answers(url))) return;
    await delay(20);
  }
}

function apiOf(supervisor: number): number | undefined {
  return processTree(supervisor).find((each) => {
    try {
      return readFileSync(`/proc/${each}/cmdline`, "utf8").includes("cli.ts\0api");
    } catch {
      return false;
    }
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(new URL("/health/", url))).ok;
  } catch {
    return false;
  }
}
