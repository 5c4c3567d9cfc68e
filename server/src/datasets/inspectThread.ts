import { type Made, serveByteThread } from "../platform/byteThread/serveByteThread.ts";
import { type InspectRequest, inspectFile } from "./ingest/inspectFile.ts";

/** The api's thread for first parts of files, which anybody may have made: it holds neither keys nor connections. */
serveByteThread(
  {
    inspect: async (request: InspectRequest): Promise<Made> => ({
      head: await inspectFile(request),
      pieces: (async function* () {})(),
    }),
  },
  async () => undefined,
);
