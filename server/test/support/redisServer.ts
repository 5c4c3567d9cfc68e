import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { freePort } from "../../src/platform/freePort.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { untilListening } from "./untilListening.ts";

const binary = "/usr/bin/redis-server";
/** Why the tests on Redis are left out, or false. In CI they never are. */
export const skipRedis =
  !existsSync(binary) && process.env.CI !== "true"
    ? `${binary} is not installed (apt install redis-server)`
    : false;

export interface RedisServer {
  readonly url: string;
  /** Ends it as a crash would. */
  stop(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** It goes on holding connections, and answers nothing. */
  freeze(): void;
  thaw(): void;
}

export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const folder = temporaryFolder();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const options = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--dir",
      folder,
    ];
    child = spawn(binary, options, { stdio: "ignore" });
    const failed = new Promise<never>((_resolve, reject) => child?.once("error", reject));
    await Promise.race([untilListening(port), failed]);
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    restart: start,
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}
