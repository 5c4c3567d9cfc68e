import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporaryFolder.ts";

/** Whether this account may mount: root in CI and mostly elsewhere not. */
const mayMount = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = temporaryFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
  if (mounted) spawnSync("umount", [folder]);
  return mounted;
})();

/** Why the tests on a small disk are left out, or false. In CI they never are. */
export const skipSmallDisk =
  !mayMount && process.env.CI !== "true" ? "a small disk has to be mounted for it, which needs root" : false;

export interface SmallDisk {
  readonly path: string;
  /** `ro` or `rw`. */
  remount(how: "ro" | "rw"): void;
}

/** A disk of so many MiB, in memory. */
export function mountSmallDisk(t: { after(work: () => void): void }, mib: number): SmallDisk {
  const path = join(temporaryFolder(), "disk");
  mkdirSync(path);
  run("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=0711`, "tmpfs", path]);
  t.after(() => {
    // Lazily: a process that still ends there must not keep it.
    run("umount", ["-l", path]);
    rmSync(path, { recursive: true, force: true });
  });
  return { path, remount: (how) => run("mount", ["-o", `remount,${how}`, path]) };
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}
