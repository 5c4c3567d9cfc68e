import { setTimeout as delay } from "node:timers/promises";
import type {
  Annotation,
  Category,
  Dataset,
  Prediction,
  Project,
  TrainingSession,
  UserModel,
} from "@magtrace/contracts";
import { AppError } from "../errors.ts";
import type { ApiClient } from "./apiClient.ts";
import type { FileLabel } from "./labelFile.ts";
import type { Recording } from "./recording.ts";

/** The loop's calls, one function a step, as a user's script would make them. */
export interface LoopDeps {
  readonly api: ApiClient;
  readonly signal: AbortSignal;
}

const pollMs = 250;
/** `bulk_create` takes up to 10,000 at once. */
const labelsPerRequest = 5000;

export function createProject({ api }: LoopDeps, name: string): Promise<Project> {
  return api.post<Project>("/api/projects/", { name, description: "Made by magtrace demo." });
}

/** Uploads a file and waits until its readings can be read. */
export async function upload(deps: LoopDeps, project: Project, recording: Recording): Promise<Dataset> {
  const form = new FormData();
  form.set("project", String(project.id));
  form.set("name", recording.name);
  form.set("file", recording.file, recording.name);
  const uploaded = await deps.api.postForm<Dataset>("/api/datasets/upload/", form);
  return poll(deps, {
    first: uploaded,
    again: () => deps.api.get<Dataset>(`/api/datasets/${uploaded.id}/`),
    done: ({ processed }) => processed,
    failure: ({ status, error }) => (status === "failed" ? (error ?? "reading the file failed") : null),
  });
}

/** Labels a dataset, making the categories that the project does not have yet. */
export async function label(
  { api }: LoopDeps,
  dataset: Dataset,
  labels: readonly FileLabel[],
): Promise<Annotation[]> {
  const listed = await api.get<Category[]>(`/api/label-categories/?project_id=${dataset.project}&limit=1000`);
  const idByName = new Map(listed.map(({ name, id }) => [name, id]));
  for (const name of new Set(labels.map(({ category }) => category))) {
    if (idByName.has(name)) continue;
    const made = await api.post<Category>("/api/label-categories/", { project: dataset.project, name });
    idByName.set(name, made.id);
  }
  const annotations = labels.map(({ startIndex, endIndex, category }) => ({
    dataset: dataset.id,
    category: idByName.get(category),
    start_index: startIndex,
    end_index: endIndex,
  }));
  const made: Annotation[] = [];
  for (let at = 0; at < annotations.length; at += labelsPerRequest) {
    const part = annotations.slice(at, at + labelsPerRequest);
    made.push(...(await api.post<Annotation[]>("/api/annotations/bulk_create/", { annotations: part })));
  }
  return made;
}

export function createModel(
  { api }: LoopDeps,
  project: Project,
  hyperparameters: Readonly<Record<string, unknown>>,
): Promise<UserModel> {
  return api.post<UserModel>("/api/user-models/", {
    project: project.id,
    name: "Demo forest",
    model_type: "random_forest",
    hyperparameters,
  });
}

/** Trains a model on a dataset's labels and waits for the end. */
export async function train(deps: LoopDeps, model: UserModel, dataset: Dataset): Promise<TrainingSession> {
  const request = { model_id: model.id, dataset_id: dataset.id };
  const started = await deps.api.post<TrainingSession>("/api/training-sessions/start_training/", request);
  const ended = await poll(deps, {
    first: started,
    again: () => deps.api.get<TrainingSession>(`/api/training-sessions/${started.id}/status/`),
    done: ({ status }) => status === "completed",
    failure: jobFailure,
  });
  return deps.api.get<TrainingSession>(`/api/training-sessions/${ended.id ?? started.id}/`);
}

/** Searches a dataset or, with intervals, says what each of them is; waits for the end. */
export async function predict(
  deps: LoopDeps,
  request: { dataset: Dataset; session: TrainingSession; intervals?: readonly FileLabel[] },
): Promise<Prediction> {
  const intervals = request.intervals?.map(({ startIndex, endIndex }) => ({
    start_index: startIndex,
    end_index: endIndex,
  }));
  const asked = { dataset: request.dataset.id, training_session: request.session.id };
  const started = await deps.api.post<Prediction>(
    "/api/predictions/",
    intervals === undefined ? asked : { ...asked, intervals },
  );
  return poll(deps, {
    first: started,
    again: () => deps.api.get<Prediction>(`/api/predictions/${started.id}/`),
    done: ({ status }) => status === "completed",
    failure: jobFailure,
  });
}

/** Accepts every interval, which makes each a label. */
export function acceptAll({ api }: LoopDeps, prediction: Prediction): Promise<Prediction> {
  return api.post<Prediction>(`/api/predictions/${prediction.id}/review/`, { status: "accepted" });
}

/** The labels of a dataset as CSV, as they leave MagTrace. */
export function exportLabels({ api }: LoopDeps, dataset: Dataset): Promise<string> {
  return api.getText(`/api/annotations/export/?dataset_id=${dataset.id}&format=csv`);
}

interface Poll<State> {
  readonly first: State;
  readonly again: () => Promise<State>;
  readonly done: (state: State) => boolean;
  /** Why it will never be done, or null while it may. */
  readonly failure: (state: State) => string | null;
}

async function poll<State>(
  { signal }: LoopDeps,
  { first, again, done, failure }: Poll<State>,
): Promise<State> {
  for (let state = first; ; state = await again()) {
    if (done(state)) return state;
    const reason = failure(state);
    if (reason !== null) throw new AppError("dependency_unavailable", reason);
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new AppError("cancelled", "The demo was stopped.");
  }
}

function jobFailure({
  status,
  error_message,
}: {
  status: string;
  error_message: string | null;
}): string | null {
  if (status !== "failed" && status !== "cancelled") return null;
  return `The job ended ${status}: ${error_message ?? "no reason was given"}`;
}
