import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Print } from "./bench.ts";
import { withInstallation } from "./installation.ts";
import { type Part, partsOf } from "./processes.ts";

export const name = "memory";

/**
 * What a whole installation of its own holds while nobody asks it anything, as PSS: a page that several processes share
 * counts once. Linux only. Option: --seconds N after its start (60).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { seconds: { type: "string" } } });
  await withInstallation(async ({ pid }) => {
    await delay(1000 * Number(values.seconds ?? 60));
    const parts = new Map<Part, { mb: number; processes: number }>();
    for (const [each, part] of partsOf(pid)) {
      const held = proportionalMb(each);
      if (held === null) continue;
      const { mb, processes } = parts.get(part) ?? { mb: 0, processes: 0 };
      parts.set(part, { mb: mb + held, processes: processes + 1 });
    }
    for (const [part, { mb, processes }] of parts) {
      print(`memory_idle_${part}`, mb, "MB");
      print(`memory_idle_${part}_processes`, processes, "");
    }
    print(
      "memory_idle",
      [...parts.values()].reduce((sum, { mb }) => sum + mb, 0),
      "MB",
    );
  });
}

/** Null where it has ended meanwhile: PostgreSQL starts and ends processes as it goes. */
function proportionalMb(pid: number): number | null {
  const path = `/proc/${pid}/smaps_rollup`;
  if (!existsSync(path)) return null;
  const rollup = readFileSync(path, "utf8");
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024) / 1e6;
}
