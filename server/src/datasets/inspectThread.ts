import { type Made, serveByteThread } from "../platform/byteThread/serveByteThread.ts";
import { type InspectInProject, inspectInProject } from "./inspectInProject.ts";

/** The api's thread for first parts of files, which anybody may have made: it holds neither keys nor connections. */
serveByteThread(
  {
    ready: async (): Promise<Made> => ({ head: null, pieces: nothing() }),
    inspect: async (request: InspectInProject): Promise<Made> => ({
      head: await inspectInProject(request),
      pieces: nothing(),
    }),
  },
  async () => undefined,
);

async function* nothing(): AsyncGenerator<Uint8Array> {}
