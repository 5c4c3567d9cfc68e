import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./temporaryFolder.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; out: string; err: string }>;
}

/** A command in a process of its own, with nothing in its environment but what is given. */
export function startMagtrace(args: readonly string[], environment: Record<string, string>): RunningCommand {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(process.execPath, [cli, ...args], { env, cwd: temporaryFolder() });
  child.stdin.end();
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += chunk;
    return text;
  };
  const ended = Promise.all([read(child.stdout), read(child.stderr), once(child, "close")]).then(
    ([out, err]) => ({ status: child.exitCode, out, err }),
  );
  return { child, ended };
}

export function magtrace(args: readonly string[], environment: Record<string, string>) {
  return startMagtrace(args, environment).ended;
}
