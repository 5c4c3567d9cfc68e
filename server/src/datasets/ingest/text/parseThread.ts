import { parentPort, workerData } from "node:worker_threads";
import { parseRows } from "./parseRows.ts";
import type { TextChunk } from "./parseThreads.ts";
import type { RowBlock } from "./rowBlock.ts";
import type { RowPlan } from "./rowPlan.ts";

const plan = workerData as RowPlan;

parentPort?.on("message", (chunk: TextChunk) => {
  const block = parseRows(chunk.bytes, plan, chunk.offset);
  parentPort?.postMessage(block, buffersOf(block));
});

function buffersOf(block: RowBlock): ArrayBuffer[] {
  const arrays = [block.timeUs, block.lines, ...block.values, ...(block.sensors ? [block.sensors] : [])];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
