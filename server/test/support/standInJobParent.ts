// Stands in for a worker that has a job's process, whose number it prints; to be killed.
import { fileURLToPath } from "node:url";
import { silentLog } from "../../src/platform/logs/log.ts";
import { createJobProcesses } from "../../src/platform/queue/jobProcesses.ts";
import { JOBS } from "./standInJobProcess.ts";

const program = fileURLToPath(new URL("./standInJobProcess.ts", import.meta.url));
const run = createJobProcesses({ program, settings: {} }).handlerOf("ingest");
await run(
  { queue: "ingest", organizationId: 1, projectId: 1, userId: 1, id: JOBS.says },
  { jobId: "says", attempt: 0, signal: new AbortController().signal, log: silentLog() },
);
setInterval(() => {}, 1_000);
