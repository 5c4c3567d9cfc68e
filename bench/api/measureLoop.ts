import assert from "node:assert/strict";
import { partsOf } from "../processes.ts";
import { syntheticCsv } from "../syntheticCsv.ts";
import { uploadStream } from "../uploadStream.ts";
import { type LoopWatch, seenBy } from "../watchLoop.ts";
import type { ApiBench } from "./apiBench.ts";

/** What the lists alone do to the loop once they are warm, to compare with. */
const SECONDS_ALONE = 5;

/** 50 people list projects while a dataset is exported as CSV and a project as a file, until both have arrived. */
export async function measureLoop(
  { installation, port, generator, print }: ApiBench,
  { watch, tokens, rows }: { watch: LoopWatch; tokens: readonly string[]; rows: number },
): Promise<void> {
  const { projectId } = installation;
  const chunks = syntheticCsv({ rows, columns: "field" });
  const { id } = await uploadStream({ ...installation, name: "survey.csv", chunks });
  const api = [...partsOf(installation.pid)].find(([, part]) => part === "api")?.[0];
  assert.ok(api !== undefined, "the installation has no api process");
  await seenBy(api, watch.folder);

  const listProjects = (seconds: number) =>
    generator.run({ port, method: "GET", path: "/api/projects/?limit=20", tokens, seconds });
  await listProjects(SECONDS_ALONE);
  await seenBy(api, watch.folder);
  await listProjects(SECONDS_ALONE);
  const alone = await seenBy(api, watch.folder);

  const ending = new AbortController();
  const load = (async () => {
    while (!ending.signal.aborted) await listProjects(2);
  })();
  const begun = performance.now();
  const [csv, archive] = await Promise.all([
    download(installation, `/api/datasets/${id}/data/?format=csv`),
    download(installation, `/api/projects/${projectId}/export/`),
  ]).finally(() => ending.abort());
  const seconds = (performance.now() - begun) / 1000;
  const { delayMs, busyMs, waitedMs } = await seenBy(api, watch.folder);
  await load;
  assert.equal(csv.lines, rows + 1, "lines of the export");
  assert.ok(archive.bytes > 10 * rows, "the project's file is too small to hold its readings");
  print("api_export_rows", rows, "rows");
  print("api_export_time", seconds, "s");
  print("api_loop_delay_max_lists_alone", alone.delayMs, "ms");
  print("api_loop_busy_max_lists_alone", alone.busyMs, "ms");
  print("api_loop_busy_max", busyMs, "ms");
  print("api_loop_waited_max", waitedMs, "ms");
  print("api_loop_delay_max", delayMs, "ms");
}

async function download(
  { url, token }: { url: string; token: string },
  path: string,
): Promise<{ bytes: number; lines: number }> {
  const response = await fetch(new URL(path, url), {
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200, `${path}: ${response.ok ? "" : await response.text()}`);
  let [bytes, lines] = [0, 0];
  for await (const chunk of response.body!) {
    bytes += chunk.byteLength;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  }
  return { bytes, lines };
}
