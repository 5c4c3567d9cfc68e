import { parentPort, workerData } from "node:worker_threads";
import { parseRows } from "./parseRows.ts";
import { buffersOf, type ParseAnswer, type ParseRequest } from "./parseThreads.ts";
import type { RowPlan } from "./rowPlan.ts";

const plan = workerData as RowPlan;

parentPort?.on("message", ({ chunk, memory }: ParseRequest) => {
  const block = parseRows(chunk.bytes, plan, chunk.offset, memory);
  const answer: ParseAnswer = { block, bytes: chunk.bytes };
  parentPort?.postMessage(answer, [chunk.bytes.buffer, ...buffersOf(block)]);
});
