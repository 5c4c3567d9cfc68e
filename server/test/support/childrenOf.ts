import { execFileSync } from "node:child_process";

export interface ChildOf {
  readonly pid: number;
  readonly command: string;
}

/** The processes that a process has started and that still run. */
export function childrenOf(parent: number): ChildOf[] {
  const listed = execFileSync("ps", ["-eo", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return listed.split("\n").flatMap((line) => {
    const [, pid, ppid, stat, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return Number(ppid) === parent && !stat?.startsWith("Z")
      ? [{ pid: Number(pid), command: command ?? "" }]
      : [];
  });
}
