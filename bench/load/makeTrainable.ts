import { syntheticCsv } from "../syntheticCsv.ts";
import { uploadStream } from "../uploadStream.ts";

export interface Trainable {
  readonly model: number;
  readonly dataset: number;
}

const ROWS = 20_000;
const LABELS = 40;
const LABEL_ROWS = 250;
const TREES = 20;

interface Place {
  readonly url: string;
  readonly token: string;
  readonly projectId: number;
}

/**
 * A recording with labels of two categories, and a small forest to be trained on it.
 * @param rows 200 s of readings unless told otherwise.
 */
export async function makeTrainable(place: Place, rows = ROWS): Promise<Trainable> {
  const chunks = syntheticCsv({ rows, columns: "field" });
  const { id: dataset } = await uploadStream({ ...place, name: "labelled.csv", chunks });
  const categories: number[] = [];
  for (const name of ["bench quiet", "bench noisy"])
    categories.push((await post(place, "/api/label-categories/", { project: place.projectId, name })).id);
  const annotations = Array.from({ length: LABELS }, (_, index) => {
    const start = index * Math.floor(rows / LABELS);
    const category = categories[index % categories.length];
    return { dataset, category, start_index: start, end_index: start + LABEL_ROWS - 1 };
  });
  await post(place, "/api/annotations/bulk_create/", { annotations });
  const { id: model } = await post(place, "/api/user-models/", {
    project: place.projectId,
    name: "bench",
    model_type: "random_forest",
    hyperparameters: { n_trees: TREES },
  });
  return { model, dataset };
}

export async function post({ url, token }: Place, path: string, body: object): Promise<{ id: number }> {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as { id: number };
}
