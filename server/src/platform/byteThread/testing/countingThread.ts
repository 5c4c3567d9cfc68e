import { workerData } from "node:worker_threads";
import { AppError } from "../../../errors.ts";
import { type Made, serveByteThread } from "../serveByteThread.ts";

/** Elements: pieces made, answers ended, threads closed. Shared with the test. */
const counts = new Int32Array(workerData as SharedArrayBuffer);

async function* pieces(upTo: number): AsyncGenerator<string | Uint8Array> {
  for (let i = 1; i <= upTo; i++) {
    Atomics.add(counts, 0, 1);
    yield i % 2 === 0 ? new Uint8Array(8).fill(i).subarray(2, 5) : `piece ${i}`;
  }
}

async function* failing(): AsyncGenerator<string> {
  yield "a piece";
  throw new AppError("damaged_object", "It is damaged.", { details: { at: 1 } });
}

const end = async () => {
  Atomics.add(counts, 1, 1);
};

serveByteThread(
  {
    count: async (upTo: number): Promise<Made> => ({ head: { upTo }, pieces: pieces(upTo), end }),
    failing: async (): Promise<Made> => ({ head: null, pieces: failing(), end }),
    refusing: async (): Promise<Made> => {
      throw new AppError("not_found", "There is no such thing.");
    },
    dying: async (): Promise<Made> => process.exit(1),
  },
  async () => {
    Atomics.add(counts, 2, 1);
  },
);
