import { parentPort } from "node:worker_threads";
import { buffersOf, type ParseAnswer, type ParseRequest } from "./parseLease.ts";
import { parseRows } from "./parseRows.ts";

parentPort?.on("message", ({ chunk, plan, memory }: ParseRequest) => {
  const block = parseRows(chunk.bytes, plan, chunk.offset, memory);
  const answer: ParseAnswer = { block, bytes: chunk.bytes };
  parentPort?.postMessage(answer, [chunk.bytes.buffer, ...buffersOf(block)]);
});
