import { parentPort, workerData } from "node:worker_threads";
import { boundMemory } from "./boundMemory.ts";
import { Hdf5File } from "./hdf5File.ts";
import { loadHdf5, mountSource } from "./hdf5Library.ts";
import { Hdf5Refusal } from "./hdf5Table.ts";
import { SharedPages } from "./sharedPages.ts";
import type { ThreadAnswer, ThreadRequest, ThreadSetup } from "./threadMessages.ts";

/** One file's thread: what a damaged file makes of the library's memory ends with it. */
const port = parentPort!;
const { size, shared, memoryBytes } = workerData as ThreadSetup;
boundMemory(memoryBytes);
const say = (message: ThreadAnswer): void => port.postMessage(message);
const pages = new SharedPages(size, shared, (page) => say({ kind: "page", page }));
let opened: Promise<Hdf5File> | null = null;

port.on("message", async (request: ThreadRequest) => {
  try {
    opened ??= open();
    say({ kind: "answer", value: answerOf(await opened, request) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ kind: "refused", message: message.slice(0, 500), isClear: error instanceof Hdf5Refusal });
  }
});

async function open(): Promise<Hdf5File> {
  const { library, module } = await loadHdf5();
  return new Hdf5File(library, module, mountSource(module, pages));
}

function answerOf(file: Hdf5File, request: ThreadRequest): unknown {
  if (request.kind === "tables") return file.tables();
  const { columns, from, rows } = request;
  if (from === 0) {
    const unknown = [...new Set(columns.flatMap((column) => file.unknownFilters(column)))];
    if (unknown.length > 0) {
      throw new Hdf5Refusal(
        `it is packed by ${unknown.join(", ")}; h5repack -f GZIP=4 IN OUT packs it by gzip`,
      );
    }
  }
  return file.read(columns, from, rows);
}
