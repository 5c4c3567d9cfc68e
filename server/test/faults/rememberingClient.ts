import type {
  Annotation,
  Category,
  Dataset,
  Prediction,
  Project,
  TrainingSession,
  UserModel,
} from "@magtrace/contracts";
import type { Draw } from "../../../bench/cases/draw.ts";
import { type Survey, simulateSurvey } from "../support/learningStage.ts";
import { untilTrue } from "../support/untilTrue.ts";
import type { ApiClient, Reply } from "./callApi.ts";
import { VIRUS_MARKER } from "./faultStage.ts";
import type { Remembered, RememberedDataset, RememberedLabel } from "./remembered.ts";

export interface ClientOptions {
  readonly name: string;
  readonly api: ApiClient;
  readonly draw: Draw;
  readonly complain: (what: string) => void;
}

const ROWS = 1_200;
const PAUSE_MS = 1_500;
const MOST_DATASETS = 10;

/** A user at work, who writes down everything that was answered. */
export class RememberingClient {
  readonly name: string;
  /** Infected files, by name, that may be kept unread because nobody could say what is in them. */
  readonly unsureViruses = new Set<string>();
  readonly #api: ApiClient;
  readonly #draw: Draw;
  readonly #complain: (what: string) => void;
  #remembered: Remembered | undefined;
  #categories: readonly { readonly id: number; readonly name: string }[] = [];
  #model = 0;
  #steps = 0;
  #running: Promise<void> | undefined;
  #stopping = false;
  #changing: number | null = null;

  constructor({ name, api, draw, complain }: ClientOptions) {
    this.name = name;
    this.#api = api;
    this.#draw = draw;
    this.#complain = complain;
  }

  get api(): ApiClient {
    return this.#api;
  }

  get remembered(): Remembered {
    if (this.#remembered === undefined) throw new Error(`${this.name} has not begun`);
    return this.#remembered;
  }

  /** Whether a change of this label is asked for and not answered yet. */
  isChanging(label: number): boolean {
    return this.#changing === label;
  }

  /** Makes a project with a model and a labelled recording, before anything goes wrong: they are there to be lost. */
  async begin(): Promise<void> {
    const project = await this.#must<Project>("POST", "/api/projects/", { name: this.name });
    this.#categories = await this.#must<Category[]>("GET", `/api/label-categories/?project_id=${project.id}`);
    const hyperparameters = { n_trees: 8, folds: 2, background: true };
    const model = await this.#must<UserModel>("POST", "/api/user-models/", {
      project: project.id,
      name: "forest",
      hyperparameters,
    });
    this.#model = model.id;
    this.#remembered = {
      project: project.id,
      datasets: new Map(),
      unsureUploads: new Map(),
      sessions: new Set(),
      predictions: new Set(),
      reviewed: new Set(),
      unsureReviews: new Set(),
    };
    await this.#upload();
    const [dataset] = this.remembered.datasets.values();
    if (dataset === undefined) throw new Error(`${this.name} could not upload`);
    await untilTrue(
      async () => (await this.#must<Dataset>("GET", `/api/datasets/${dataset.id}/`)).status === "completed",
    );
    await this.#label(dataset);
  }

  /** Works until it is stopped. */
  start(): void {
    this.#stopping = false;
    this.#running = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      this.#steps++;
      await this.#step();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * this.#draw.fraction()));
    }
  }

  async #step(): Promise<void> {
    const { datasets } = this.remembered;
    const dataset = datasets.size === 0 ? undefined : this.#draw.pick([...datasets.values()]);
    const chance = this.#draw.fraction();
    if (dataset === undefined || (chance < 0.2 && datasets.size < MOST_DATASETS)) return this.#upload();
    if (chance < 0.23) return this.#uploadVirus();
    if (chance < 0.55) return this.#label(dataset);
    if (chance < 0.68) return this.#changeLabel(dataset);
    if (chance < 0.76) return this.#deleteLabel(dataset);
    if (chance < 0.82) return this.#train(dataset);
    if (chance < 0.9) return this.#predict(dataset);
    return this.#review();
  }

  async #upload(): Promise<void> {
    const survey = simulateSurvey({ seed: this.#draw.integer(1, 1e9), rows: ROWS });
    const name = `${this.name}-${this.#steps}.csv`;
    const reply = await this.#api.upload(this.remembered.project, name, survey.csv);
    if (reply?.status === 201 || reply?.status === 202) this.adopt(reply.body.id, survey);
    // Of a refusal nothing stays; an error of ours may have come after the row.
    else if (reply === null || reply.status >= 500) this.remembered.unsureUploads.set(name, survey);
    else this.#complain(`${this.name}: a sound upload is answered ${said(reply)}`);
  }

  /** Takes an upload for acknowledged. */
  adopt(id: number, survey: Survey): RememberedDataset {
    const dataset: RememberedDataset = {
      id,
      survey,
      rows: ROWS,
      labels: new Map(),
      deleted: new Set(),
      unsure: new Map(),
      unsureBulks: new Map(),
      predictions: new Set(),
    };
    this.remembered.datasets.set(id, dataset);
    return dataset;
  }

  async #uploadVirus(): Promise<void> {
    const survey = simulateSurvey({ seed: this.#steps, rows: 50 });
    const name = `virus-${this.#steps}.csv`;
    const reply = await this.#api.upload(this.remembered.project, name, `# ${VIRUS_MARKER}\n${survey.csv}`);
    if (reply === null || reply.status >= 500) this.unsureViruses.add(name);
    if (reply !== null && reply.status < 400)
      this.#complain(`${this.name}: an infected file is answered ${said(reply)}`);
  }

  async #label(dataset: RememberedDataset): Promise<void> {
    const tag = `${this.name}/${this.#steps}`;
    const events = dataset.survey.events.slice(0, this.#draw.integer(1, 8));
    const annotations = events.map(({ start_index, end_index, category }, i) => ({
      dataset: dataset.id,
      category: this.#categories.find(({ name }) => name === category)!.id,
      start_index,
      end_index,
      notes: `${tag}/${i}`,
    }));
    const reply = await this.#api.call<Annotation[]>("POST", "/api/annotations/bulk_create/", {
      annotations,
    });
    if (reply?.status === 201) {
      for (const made of reply.body) dataset.labels.set(made.id, made);
      return;
    }
    this.#complainOfRefusal("labels are", reply);
    if (reply === null || reply.status >= 500) dataset.unsureBulks.set(`${tag}/`, annotations.length);
  }

  #knownLabel(dataset: RememberedDataset): [number, RememberedLabel] | undefined {
    const known = [...dataset.labels].filter(([id]) => !dataset.unsure.has(id));
    return known.length === 0 ? undefined : this.#draw.pick(known);
  }

  async #changeLabel(dataset: RememberedDataset): Promise<void> {
    const known = this.#knownLabel(dataset);
    if (known === undefined) return;
    const [id, label] = known;
    const changed = { ...label, notes: `${label.notes.split("#")[0]}#${this.#steps}` };
    this.#changing = id;
    const reply = await this.#api.call("PATCH", `/api/annotations/${id}/`, { notes: changed.notes });
    if (reply?.status === 200) dataset.labels.set(id, changed);
    else if (reply === null || reply.status >= 500) dataset.unsure.set(id, changed);
    else this.#complain(`${this.name}: a change of label ${id} is answered ${said(reply)}`);
    this.#changing = null;
  }

  async #deleteLabel(dataset: RememberedDataset): Promise<void> {
    const known = this.#knownLabel(dataset);
    if (known === undefined) return;
    const [id] = known;
    this.#changing = id;
    const reply = await this.#api.call("DELETE", `/api/annotations/${id}/`);
    if (reply?.status === 204) {
      dataset.labels.delete(id);
      dataset.deleted.add(id);
    } else if (reply === null || reply.status >= 500) dataset.unsure.set(id, null);
    else this.#complain(`${this.name}: the deletion of label ${id} is answered ${said(reply)}`);
    this.#changing = null;
  }

  async #train(dataset: RememberedDataset): Promise<void> {
    const categories = new Set([...dataset.labels.values()].map(({ category }) => category));
    if (categories.size < 2 || dataset.labels.size < 8 || this.remembered.sessions.size >= 4) return;
    const request = { model_id: this.#model, dataset_id: dataset.id };
    const reply = await this.#api.call<TrainingSession>(
      "POST",
      "/api/training-sessions/start_training/",
      request,
    );
    if (reply !== null && reply.status < 300) this.remembered.sessions.add(reply.body.id);
    else this.#complainOfRefusal("a training is", reply);
  }

  async #predict(dataset: RememberedDataset): Promise<void> {
    const { sessions, predictions } = this.remembered;
    if (sessions.size === 0 || predictions.size >= 8) return;
    const [session] = sessions;
    const reply = await this.#api.call<Prediction>("POST", "/api/predictions/", {
      dataset: dataset.id,
      training_session: session,
    });
    if (reply?.status === 201) {
      predictions.add(reply.body.id);
      dataset.predictions.add(reply.body.id);
    } else if (reply === null || reply.status >= 500) dataset.predictions.add(-1);
    else this.#complainOfRefusal("a prediction is", reply);
  }

  async #review(): Promise<void> {
    const { predictions, reviewed, unsureReviews } = this.remembered;
    const open = [...predictions].filter((id) => !reviewed.has(id) && !unsureReviews.has(id));
    if (open.length === 0) return;
    const id = this.#draw.pick(open);
    const seen = await this.#api.call("GET", `/api/predictions/${id}/`);
    if (seen?.status !== 200 || seen.body.status !== "completed") return;
    const reply = await this.#api.call("POST", `/api/predictions/${id}/review/`, { status: "accepted" });
    if (reply?.status === 200) reviewed.add(id);
    else if (reply === null || reply.status >= 500) unsureReviews.add(id);
    else this.#complain(`${this.name}: the review of prediction ${id} is answered ${said(reply)}`);
  }

  /** 409: what it needs is not ready yet. */
  #complainOfRefusal(what: string, reply: Reply<unknown> | null): void {
    if (reply !== null && reply.status < 500 && reply.status !== 409)
      this.#complain(`${this.name}: ${what} answered ${said(reply)}`);
  }

  async #must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.#api.call<T>(method, path, body);
    if (reply === null || reply.status >= 300) throw new Error(`${method} ${path}: ${reply && said(reply)}`);
    return reply.body;
  }
}

function said({ status, body }: Reply<unknown>): string {
  return `${status} ${JSON.stringify(body).slice(0, 300)}`;
}
