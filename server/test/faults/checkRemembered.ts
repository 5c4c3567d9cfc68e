import type { Annotation, Dataset, Prediction, TrainingSession } from "@magtrace/contracts";
import type { ApiClient } from "./callApi.ts";
import type { RememberedDataset, RememberedLabel } from "./remembered.ts";
import type { RememberingClient } from "./rememberingClient.ts";

type Complain = (what: string) => void;

/** One row of the channels that are asked for. */
type Readings = Readonly<Record<"b_x" | "b_y" | "b_z", number | null>>;

const PATIENCE_MS = 300_000;
const ENDED = new Set(["completed", "failed", "stopped"]);

/** Holds everything a client was answered against what the api now says. Nothing is wrong meanwhile. */
export async function checkRemembered(client: RememberingClient, complain: Complain): Promise<void> {
  const { api, name, remembered } = client;
  const say = (what: string) => complain(`${name}: ${what}`);
  const listed = await all<Dataset>(api, `/api/datasets/?project_id=${remembered.project}`, say);
  for (const { id, original_name } of listed) {
    if (remembered.datasets.has(id)) continue;
    if (client.unsureViruses.has(original_name)) {
      await checkVirus(api, id, say);
      continue;
    }
    const survey = remembered.unsureUploads.get(original_name);
    if (survey === undefined) say(`dataset ${id} (${original_name}) is there, and nobody was told so`);
    // Its answer was lost; from now on it counts as acknowledged.
    else client.adopt(id, survey);
  }
  for (const dataset of remembered.datasets.values()) await checkDataset(api, dataset, say);
  for (const id of remembered.sessions)
    await ended<TrainingSession>(api, `/api/training-sessions/${id}/`, say);
  for (const id of remembered.predictions) await ended<Prediction>(api, `/api/predictions/${id}/`, say);
  for (const id of [...remembered.reviewed, ...remembered.unsureReviews])
    await checkReview(api, id, remembered.reviewed.has(id), say);
}

/** Kept without a verdict, it is never read: asked for, it is scanned first. */
async function checkVirus(api: ApiClient, id: number, say: Complain): Promise<void> {
  await api.call("POST", `/api/datasets/${id}/retry/`, {});
  const state = await ended<Dataset>(api, `/api/datasets/${id}/`, say);
  if (state !== null && (state.status !== "failed" || !/scanner found/.test(state.error ?? ""))) {
    say(`dataset ${id} is infected, and is ${state.status}: ${state.error}`);
  }
}

/** One dataset and its labels, for a look between two faults. */
export async function checkDataset(api: ApiClient, dataset: RememberedDataset, say: Complain): Promise<void> {
  const { id, rows, survey } = dataset;
  let state = await ended<Dataset>(api, `/api/datasets/${id}/`, say);
  // Reading may have failed for the fault's sake: the file is there all the same, and is read when it is asked for.
  if (state?.status === "failed") {
    await api.call("POST", `/api/datasets/${id}/retry/`, {});
    state = await ended<Dataset>(api, `/api/datasets/${id}/`, say);
  }
  if (state === null) return;
  if (state.status !== "completed" || state.total_records !== rows) {
    say(`dataset ${id} is ${state.status} with ${state.total_records} rows: ${state.error}`);
    return;
  }
  const data = await api.call<Readings[]>(
    "GET",
    `/api/datasets/${id}/data/?max_points=20000&channels=b_x,b_y,b_z`,
  );
  if (data?.status !== 200) {
    say(`readings of dataset ${id} are answered ${data?.status} ${JSON.stringify(data?.body).slice(0, 200)}`);
    return;
  }
  const wanted = survey.csv.trim().split("\n").slice(1);
  const wrong = wanted.findIndex((line, row) => {
    const [, x, y, z] = line.split(",").map(Number);
    const got = data.body[row];
    return got === undefined || got.b_x !== x || got.b_y !== y || got.b_z !== z;
  });
  if (wrong >= 0)
    say(`row ${wrong} of dataset ${id} is ${JSON.stringify(data.body[wrong])}, not ${wanted[wrong]}`);
  await checkLabels(api, dataset, say);
}

async function checkLabels(api: ApiClient, dataset: RememberedDataset, say: Complain): Promise<void> {
  const { id, labels, deleted, unsure, unsureBulks, predictions } = dataset;
  const there = new Map(
    (await all<Annotation>(api, `/api/annotations/?dataset_id=${id}`, say)).map((one) => [one.id, one]),
  );
  const same = (got: RememberedLabel, label: RememberedLabel) =>
    got.start_index === label.start_index &&
    got.end_index === label.end_index &&
    got.category === label.category &&
    got.notes === label.notes;
  for (const [label, wanted] of labels) {
    const got = there.get(label);
    const other = unsure.get(label);
    const right =
      got === undefined ? other === null : same(got, wanted) || (other != null && same(got, other));
    if (!right)
      say(`label ${label} of dataset ${id} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
  }
  const bulks = new Map<string, number>();
  for (const [label, { notes, prediction }] of there) {
    if (deleted.has(label)) say(`label ${label} of dataset ${id} was deleted, and is there`);
    if (labels.has(label)) continue;
    const tag = [...unsureBulks.keys()].find((one) => notes.startsWith(one));
    if (tag !== undefined) bulks.set(tag, (bulks.get(tag) ?? 0) + 1);
    else if (prediction === null || (!predictions.has(prediction) && !predictions.has(-1)))
      say(`label ${label} of dataset ${id} is there, and nobody made it: ${notes}`);
  }
  for (const [tag, count] of bulks)
    if (count !== unsureBulks.get(tag))
      say(`of ${unsureBulks.get(tag)} labels made together ${count} are there (${tag})`);
}

async function checkReview(api: ApiClient, id: number, sure: boolean, say: Complain): Promise<void> {
  const reply = await api.call<Prediction>("GET", `/api/predictions/${id}/`);
  if (reply?.status !== 200) return say(`prediction ${id} is answered ${reply?.status}`);
  const { predictions, counts, dataset } = reply.body;
  if (sure && counts.pending > 0)
    say(`prediction ${id} was accepted, and ${counts.pending} intervals are pending`);
  if (counts.pending > 0 && counts.accepted > 0)
    say(`prediction ${id} is accepted by halves: ${counts.accepted} of ${counts.accepted + counts.pending}`);
  const labels = new Set(
    (await all<Annotation>(api, `/api/annotations/?dataset_id=${dataset}`, say)).map((one) => one.id),
  );
  const without = predictions.filter(
    ({ review, annotation }) => review === "accepted" && annotation !== null && !labels.has(annotation),
  );
  if (without.length > 0) say(`prediction ${id} names labels that are not there`);
}

/** Work that was taken on ends, or fails and says why. */
async function ended<T extends Dataset | Prediction | TrainingSession>(
  api: ApiClient,
  path: string,
  say: Complain,
): Promise<T | null> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const reply = await api.call<T>("GET", path);
    if (reply?.status !== 200) {
      say(`${path} was acknowledged, and is answered ${reply?.status}`);
      return null;
    }
    const { status } = reply.body;
    if (ENDED.has(status)) {
      const why = "error" in reply.body ? reply.body.error : reply.body.error_message;
      if (status === "failed" && (why ?? "") === "") say(`${path} failed without a reason`);
      return reply.body;
    }
    if (performance.now() > deadline) {
      say(`${path} stays ${status}`);
      return null;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function all<T>(api: ApiClient, path: string, say: Complain): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const reply = await api.call<T[]>("GET", `${path}&limit=1000&offset=${found.length}`);
    if (reply?.status !== 200) {
      say(`${path} is answered ${reply?.status}`);
      return found;
    }
    found.push(...reply.body);
    if (reply.body.length < 1000) return found;
  }
}
