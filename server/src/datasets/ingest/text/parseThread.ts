import { parentPort } from "node:worker_threads";
import type { ParseRequest } from "./parseLease.ts";
import { parseRows } from "./parseRows.ts";

parentPort?.on("message", ({ chunk, plan, memory }: ParseRequest) => {
  parentPort?.postMessage(parseRows(chunk.bytes, plan, chunk.offset, memory));
});
