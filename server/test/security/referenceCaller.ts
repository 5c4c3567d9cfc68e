import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface Reference {
  readonly address: string;
  readonly token: string;
}

/** Makes one simple call after another and takes its time, from a thread that nothing else keeps waiting. */
export interface ReferenceCaller {
  /** Ends after so many calls. @returns how long each took, ms, sorted. */
  afterCalls(calls: number): Promise<number[]>;
  end(): Promise<number[]>;
}

export function startReferenceCaller(reference: Reference): ReferenceCaller {
  const worker = new Worker(new URL("referenceThread.ts", import.meta.url), { workerData: reference });
  const ended = once(worker, "message").then(([times]) => times as number[]);
  return {
    async afterCalls(calls) {
      worker.postMessage(calls);
      return ended;
    },
    async end() {
      worker.postMessage(0);
      return ended;
    },
  };
}
