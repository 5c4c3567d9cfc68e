import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Floor {
  readonly port: number;
  stop(): void;
}

/** @param kind `select`: one prepared SELECT behind a bare fastify; `bare`: node:http alone. */
export async function startFloor(kind: "select" | "bare", url = "", poolSize = 0): Promise<Floor> {
  const child = fork(fileURLToPath(new URL("floorServer.ts", import.meta.url)), [
    kind,
    url,
    String(poolSize),
  ]);
  const [port] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => assert.fail(`the floor ${kind} does not start`)),
  ]);
  return { port: port as number, stop: () => child.disconnect() };
}
