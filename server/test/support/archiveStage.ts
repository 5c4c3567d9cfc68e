import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Annotation, Category, Dataset, Project, Suggestion } from "@magtrace/contracts";
import tar from "tar-stream";
import yauzl from "yauzl";
import { ZipFile } from "yazl";
import type { ApiCaller, TestInstallation } from "./testInstallation.ts";

type Row = Record<string, unknown> & { id: number };

/** Everything a file consists of, in its order. */
export type Entries = Map<string, Buffer>;

export async function unpack(bytes: Uint8Array): Promise<Entries> {
  const archive = await yauzl.fromBufferPromise(Buffer.from(bytes), { lazyEntries: true });
  const entries: Entries = new Map();
  for await (const entry of archive.eachEntry()) {
    const stream = await archive.openReadStreamPromise(entry);
    entries.set(entry.fileName, Buffer.concat((await Array.fromAsync(stream)) as Buffer[]));
  }
  return entries;
}

/** A file of these entries, with the checksums they have now: one that somebody else could have made. */
export async function repack(entries: Entries): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of withChecksums(entries)) {
    zip.addBuffer(content, name, { compress: !name.startsWith("objects/") });
  }
  zip.end();
  return Buffer.concat((await Array.fromAsync(zip.outputStream)) as Buffer[]);
}

/** The same as versions 1 of the format were: a tar file without the readable part. */
export async function repackAsTar(entries: Entries): Promise<Buffer> {
  const old = new Map([...entries].filter(([name]) => !/^(README\.md|readable\/.*)$/.test(name)));
  editManifest(old, (manifest) => {
    manifest.version = 1;
  });
  const packing = tar.pack();
  for (const [name, content] of withChecksums(old)) packing.entry({ name, size: content.length }, content);
  packing.finalize();
  return Buffer.concat((await Array.fromAsync(packing)) as Buffer[]);
}

function withChecksums(entries: Entries): [string, Buffer][] {
  const others = [...entries].filter(([name]) => name !== "SHA256SUMS");
  const lines = others.map(([name, content]) => {
    return `${createHash("sha256").update(content).digest("hex")}  ${name}\n`;
  });
  return [...others, ["SHA256SUMS", Buffer.from(lines.join(""))]];
}

/** Puts other lines in the place of a table's, and their number into the manifest. */
export function putLines(entries: Entries, table: string, lines: readonly string[]): void {
  entries.set(`tables/${table}/0001.jsonl`, Buffer.from(lines.map((line) => `${line}\n`).join("")));
  editManifest(entries, (manifest) => {
    manifest.tables[table] = lines.length;
  });
}

interface ManifestJson {
  version: number;
  tables: Record<string, number>;
  project: Record<string, unknown>;
}

export function editManifest(entries: Entries, edit: (manifest: ManifestJson) => void): void {
  const manifest = JSON.parse(entries.get("magtrace.json")!.toString()) as ManifestJson;
  edit(manifest);
  entries.set("magtrace.json", Buffer.from(JSON.stringify(manifest)));
}

/** Rows of a table as the file has them. */
export function rowsIn(entries: Entries, table: string): Row[] {
  const names = [...entries.keys()].filter((name) => name.startsWith(`tables/${table}/`)).sort();
  const text = names.map((name) => entries.get(name)!.toString()).join("");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

export async function download(
  { api }: TestInstallation,
  caller: ApiCaller,
  projectId: number,
  query = "",
): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const response = await fetch(`${api.address}/api/projects/${projectId}/export/${query}`, {
    headers: { authorization: `Bearer ${caller.token}` },
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

/** What an import is answered. */
export interface ImportAnswer extends Project {
  readonly error: string;
  readonly code: string;
  readonly details: {
    findings: { code: string; column: string | null; line: number | null; expected: string }[];
    total_findings: number;
  };
}

export async function importFile(
  { api }: TestInstallation,
  caller: ApiCaller,
  bytes: Uint8Array,
  fields: Record<string, string> = {},
): Promise<{ status: number; body: ImportAnswer }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), "survey.magtrace.zip");
  const response = await fetch(`${api.address}/api/projects/import_project/`, {
    method: "POST",
    headers: { authorization: `Bearer ${caller.token}` },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as ImportAnswer };
}

/** A caller whose refusals fail the test. */
function insisting(caller: ApiCaller) {
  return async <T = Row>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await caller.call<T>(method, `/api/${path}`, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
}

export async function untilEnded(caller: ApiCaller, path: string): Promise<Row> {
  for (;;) {
    const { body } = await caller.call<Row>("GET", `/api/${path}`);
    if (body.status !== "pending" && body.status !== "running") return body;
    await delay(50);
  }
}

const ROWS = 1_200;
const BURST_ROWS = 60;

/** A slow drift with bursts of hum at the start of every third stretch. Two sensors where asked. */
export function surveyCsv({ seed, sensors }: { seed: number; sensors: boolean }): string {
  let state = seed;
  const noise = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
  const lines = [`timestamp_pc,b_x,b_y,b_z${sensors ? ",sensor_id" : ""}`];
  for (let i = 0; i < ROWS; i++) {
    const hum = Math.floor(i / BURST_ROWS) % 3 === 0 ? 40 * Math.sin(i) : 0;
    const field = [20_000 + i / 10 + hum, 1_000 + hum / 2, 45_000 - i / 20].map((nt) => nt + noise());
    const sensor = sensors ? `,${i % 2 === 0 ? "left" : "right"}` : "";
    lines.push(`2026-03-01T10:${pad(Math.floor(i / 60))}:${pad(i % 60)}Z,${field.join(",")}${sensor}`);
  }
  return lines.join("\n");
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}

export interface FullProject {
  readonly project: Project;
  readonly datasets: readonly Dataset[];
  readonly modelId: number;
  readonly sessionId: number;
}

/** A project with something of everything, made as users make it. */
export async function makeFullProject(ada: ApiCaller): Promise<FullProject> {
  const call = insisting(ada);
  const project = await call<Project>("POST", "projects/", {
    name: "Sörvey / 1",
    description: "by drone",
    settings: { unit: "nT", nested: { list: [1, null, "ü"] } },
  });
  const datasets: Dataset[] = [];
  for (const [seed, sensors] of [
    [7, false],
    [8, true],
    [9, false],
  ] as const) {
    const bytes = surveyCsv({ seed, sensors });
    const { status, body } = await ada.upload<Dataset>(project.id, { name: `line ${seed}.csv`, bytes });
    assert.equal(status, 201, JSON.stringify(body));
    datasets.push(body);
  }
  const categories = await makeCategories(call, project);
  await makeLabels(call, datasets, categories);
  const { modelId, sessionId } = await makeModels(ada, project, datasets);
  await makePredictions(ada, { datasets, modelId, sessionId, categories });
  await loseThings(call, datasets, categories);
  return { project, datasets, modelId, sessionId };
}

type Call = ReturnType<typeof insisting>;

/** A hierarchy whose oldest member is at the bottom, and one category at rest. */
async function makeCategories(call: Call, project: Project): Promise<Record<string, number>> {
  const machine = await call<Category>("POST", "label-categories/", {
    project: project.id,
    name: "Machine",
    color: "#123456",
  });
  const doomed = await call<Category>("POST", "label-categories/", { project: project.id, name: "Doomed" });
  const all = await call<Category[]>("GET", `label-categories/?project_id=${project.id}`);
  const ids = Object.fromEntries(all.map(({ name, id }) => [name, id]));
  await call("PATCH", `label-categories/${ids.Motor}/`, { parent: machine.id });
  await call("PATCH", `label-categories/${ids.Electrical}/`, { is_active: false, hotkey: null });
  return { ...ids, Machine: machine.id, Doomed: doomed.id };
}

/** Made, changed, deleted, undone and brought back. */
async function makeLabels(
  call: Call,
  [first, second]: readonly Dataset[],
  categories: Record<string, number>,
): Promise<void> {
  const bursts = (dataset: Dataset, rows: number) =>
    Array.from({ length: 6 }, (_, i) => ({
      dataset: dataset.id,
      category: i % 2 === 0 ? categories.Motor : categories.Normal,
      start_index: i * 90,
      end_index: Math.min(i * 90 + 59, rows - 1),
      confidence: 0.1 + i / 10,
      notes: i === 0 ? 'first, with "quotes" and\nlines' : "",
    }));
  const made = await call<Annotation[]>("POST", "annotations/bulk_create/", {
    annotations: [...bursts(first!, ROWS), ...bursts(second!, ROWS / 2)],
  });
  const [a, b, c] = made.map(({ id }) => id);
  await call("PATCH", `annotations/${a}/`, { notes: "changed" });
  await call("DELETE", `annotations/${b}/`);
  await call("PATCH", `annotations/${c}/`, { category: categories.Anomaly });
  const undo = (what: string) => call("POST", `annotations/${what}/`, { dataset: first!.id });
  await undo("undo");
  await undo("redo");
  await undo("undo");
  await call("POST", "annotations/", {
    dataset: second!.id,
    category: categories.Anomaly,
    start_index: 610,
    end_index: 620,
  });
}

async function makeModels(
  ada: ApiCaller,
  project: Project,
  [first, second]: readonly Dataset[],
): Promise<{ modelId: number; sessionId: number }> {
  const call = insisting(ada);
  const model = await call("POST", "user-models/", {
    project: project.id,
    name: "Forest",
    model_type: "random_forest",
    hyperparameters: { n_trees: 8, seed: 3 },
    tags: ["drone", "böe"],
    custom_metadata: { site: [1, 2] },
    python_script: "print('inert')",
  });
  await call("POST", `user-models/${model.id}/create_version/`, { version_notes: "second" });
  await call("POST", `user-models/${model.id}/clone/`, { name: "Copy" });
  const session = await call("POST", "training-sessions/start_training/", {
    model_id: model.id,
    dataset_id: first!.id,
    additional_dataset_ids: [second!.id],
  });
  const ended = await untilEnded(ada, `training-sessions/${session.id}/`);
  assert.equal(ended.status, "completed", String(ended.error_message));
  const continued = await call("POST", "training-sessions/start_training/", {
    model_id: model.id,
    dataset_id: second!.id,
    continue_from_session: session.id,
  });
  assert.equal((await untilEnded(ada, `training-sessions/${continued.id}/`)).status, "completed");
  return { modelId: model.id, sessionId: session.id };
}

async function makePredictions(
  ada: ApiCaller,
  what: {
    datasets: readonly Dataset[];
    modelId: number;
    sessionId: number;
    categories: Record<string, number>;
  },
): Promise<void> {
  const call = insisting(ada);
  const { datasets, modelId, sessionId, categories } = what;
  const third = datasets[2]!;
  const run = async (body: object) => {
    const { id } = await call("POST", "predictions/", body);
    const ended = await untilEnded(ada, `predictions/${id}/`);
    assert.equal(ended.status, "completed", String(ended.error_message));
    return ended as Row & { predictions: unknown[] };
  };
  const search = await run({ dataset: third.id, training_session: sessionId });
  assert.ok(search.predictions.length >= 3, `${search.predictions.length} intervals were found`);
  await call("POST", `predictions/${search.id}/review/`, {
    status: "modified",
    modifications: [
      { index: 0, action: "accept" },
      { index: 1, action: "reject" },
      { index: 2, action: "modify", category: categories.Anomaly },
    ],
  });
  const given = await run({
    dataset: third.id,
    model: modelId,
    intervals: [
      { start_index: 0, end_index: 59 },
      { start_index: 60, end_index: 119 },
    ],
  });
  await call("POST", `predictions/${given.id}/review/`, { status: "accepted" });
  const listed = `suggestions/?dataset_id=${third.id}`;
  await call("POST", "suggestions/", { dataset: third.id, model: modelId, count: 4 });
  let suggestions = await call<Suggestion[]>("GET", listed);
  for (; suggestions.length === 0; suggestions = await call("GET", listed)) await delay(50);
  await call("POST", `suggestions/${suggestions[0]!.id}/accept/`);
  await call("POST", `suggestions/${suggestions[1]!.id}/reject/`);
  await call("DELETE", `predictions/${given.id}/`);
}

/** Rows that others go on naming: a label with its category, whose history stays. */
async function loseThings(
  call: Call,
  [first]: readonly Dataset[],
  categories: Record<string, number>,
): Promise<void> {
  const label = await call<Annotation>("POST", "annotations/", {
    dataset: first!.id,
    category: categories.Doomed,
    start_index: 700,
    end_index: 710,
  });
  await call("DELETE", `annotations/${label.id}/`);
  await call("DELETE", `label-categories/${categories.Doomed}/`);
}
