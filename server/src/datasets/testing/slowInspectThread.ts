import { type Made, serveByteThread } from "../../platform/byteThread/serveByteThread.ts";
import type { InspectInProject } from "../inspectInProject.ts";

/** Stands in for the thread that inspects: does what the file's name says. */
serveByteThread(
  {
    ready: async (): Promise<Made> => made(null),
    inspect: async ({ filename }: InspectInProject): Promise<Made> => {
      if (filename === "endless") for (;;);
      if (filename === "greedy") return made(fill());
      if (filename === "slow") await new Promise((resolve) => setTimeout(resolve, 50));
      return made({ format: filename });
    },
  },
  async () => undefined,
);

function made(head: unknown): Made {
  return { head, pieces: nothing() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function fill(): unknown {
  const kept: unknown[] = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
}
