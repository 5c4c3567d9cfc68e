import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Load {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  /** One connection each. */
  readonly tokens: readonly string[];
  /** Sent in turns. */
  readonly bodies?: readonly string[];
  readonly seconds: number;
}

export interface LoadResult {
  /** Of the answers of status 2xx. */
  readonly durationsMs: number[];
  /** How many of each other status. */
  readonly failures: ReadonlyMap<number, number>;
  readonly seconds: number;
}

export interface Generator {
  /** Throws when an answer was none of 2xx. */
  run(load: Load): Promise<LoadResult>;
  stop(): void;
}

/** A process of its own: what it costs to ask must not be taken from whoever measures, nor counted with the server. */
export function startGenerator(): Generator {
  const child = fork(fileURLToPath(new URL("generator.ts", import.meta.url)), { serialization: "advanced" });
  return {
    async run(load) {
      child.send(load);
      const [result] = (await once(child, "message")) as [LoadResult];
      assert.deepEqual([...result.failures], [], `${load.method} ${load.path} was refused`);
      return result;
    },
    stop: () => child.disconnect(),
  };
}
