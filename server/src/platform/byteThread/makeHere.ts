import type { ByteMaker, MadeBytes } from "./byteThread.ts";
import type { Made, Makers } from "./serveByteThread.ts";

/** The makers of a thread without the thread, for an installation whose objects are in no other's reach. */
export function makeHere(makers: Makers): ByteMaker & { close(): Promise<void> } {
  return {
    async make<Head>(kind: string, input: unknown): Promise<MadeBytes<Head>> {
      const made = await makers[kind]!(input as never);
      return {
        head: made.head as Head,
        pieces: bytesOf(made.pieces),
        end: () => void made.end?.().catch(() => undefined),
      };
    },
    close: async () => undefined,
  };
}

async function* bytesOf(pieces: Made["pieces"]): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield typeof piece === "string" ? Buffer.from(piece) : piece;
}
