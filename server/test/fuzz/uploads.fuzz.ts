import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset, Project } from "@magtrace/contracts";
import { type ApiCaller, startTestInstallation } from "../support/testInstallation.ts";
import { type FuzzFile, fuzzFile } from "./fuzzFile.ts";

const seed = Number(process.env.FUZZ_SEED);
/** Fewer: each goes through the api, the object store, the queue and a job's process. */
const files = Math.min(200, Math.ceil(Number(process.env.FUZZ_FILES) / 60));
const LANES = 4;

type Refusal = { readonly code?: string; readonly error?: string };

test(`${files} files of seed ${seed} are answered over HTTP, by preview and by upload`, async (t) => {
  const installation = await startTestInstallation(t, { UPLOAD_WAIT_SECONDS: "120" });
  const owner = await installation.addUser({ name: "ada", organization: "North" });
  const { id } = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body;
  const outcomes = new Map<string, number>();
  const faults: string[] = [];
  // Places of the run that the processes read, spread over it.
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let place = lane; place < files; place += LANES) {
      const file = await fuzzFile(seed, place);
      const found = await answered(owner, installation.api.address, id, file, (outcome) =>
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1),
      );
      faults.push(...found.map((fault) => `${file.kind}, file ${place}: ${fault}`));
    }
  });
  await Promise.all(lanes);
  for (const [outcome, count] of [...outcomes].sort()) t.diagnostic(`${outcome}: ${count}`);
  assert.deepEqual(faults, [], `FUZZ_SEED=${seed}`);
  const health = await owner.call("GET", "/health/");
  assert.equal(health.status, 200);
});

async function answered(
  owner: ApiCaller,
  address: string,
  projectId: number,
  file: FuzzFile,
  note: (outcome: string) => void,
): Promise<string[]> {
  const faults: string[] = [];
  const { bytes, filename, truth } = file;
  const preview = await inspect(owner, address, projectId, file);
  note(`preview ${preview.status}`);
  if (preview.status !== 200 && preview.status !== 422 && preview.status !== 400)
    faults.push(`its preview is answered ${preview.status}: ${preview.text.slice(0, 300)}`);
  const { status, body } = await owner.upload<Dataset & Refusal>(projectId, { name: filename, bytes });
  note(`upload ${status}`);
  if (status === 201) {
    if (truth !== null && body.total_records !== truth.timeUs.length)
      faults.push(`has ${body.total_records} rows, not ${truth.timeUs.length}`);
    const data = await owner.call("GET", `/api/datasets/${body.id}/data/?max_points=50`);
    if (data.status !== 200) faults.push(`its readings are answered ${data.status}`);
  } else if (status === 422 || status === 400) {
    if (truth !== null) faults.push(`is sound, and refused: ${JSON.stringify(body).slice(0, 300)}`);
    if ((body.error ?? "").length === 0) faults.push(`is refused without words: ${JSON.stringify(body)}`);
  } else {
    faults.push(`its upload is answered ${status}: ${JSON.stringify(body).slice(0, 300)}`);
  }
  return faults;
}

async function inspect(
  { token }: ApiCaller,
  address: string,
  projectId: number,
  { bytes, filename }: FuzzFile,
): Promise<{ status: number; text: string }> {
  const form = new FormData();
  form.set("project", String(projectId));
  form.set("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), filename);
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${address}/api/datasets/inspect/`, { method: "POST", headers, body: form });
  return { status: answer.status, text: await answer.text() };
}
