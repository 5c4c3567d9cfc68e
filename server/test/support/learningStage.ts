import type { TestContext } from "node:test";
import type {
  Annotation,
  Category,
  Dataset,
  Prediction,
  Project,
  ProjectRole,
  TrainingSession,
  UserModel,
} from "@magtrace/contracts";
import { createRandom } from "@magtrace/signal";
import pg from "pg";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "./testInstallation.ts";

/** A whole installation, and the calls of the labelling loop as a test wants them: each fails unless it succeeds. */
export interface LearningStage extends TestInstallation {
  /** Owner of the first team's organisation. */
  readonly ann: ApiCaller;
  /** Of another team. */
  readonly stranger: ApiCaller;
  /** Somebody of the first team with a role in one project only. */
  addMember(name: string, projectId: number, role: ProjectRole): Promise<ApiCaller>;
  /** Statements of the database's owner, past all row-level security. */
  readonly owner: pg.Client;
}

export async function setLearningStage(
  t: Pick<TestContext, "after">,
  environment: Record<string, string> = {},
): Promise<LearningStage> {
  const installation = await startTestInstallation(t, { WORKER_THREADS: "2", ...environment });
  const owner = new pg.Client({ connectionString: installation.database.ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  return {
    ...installation,
    owner,
    ann: await installation.addUser({ name: "ann", organization: "First" }),
    stranger: await installation.addUser({ name: "stranger", organization: "Second" }),
    async addMember(name, projectId, role) {
      const caller = await installation.addUser({ name, organization: "First", organizationRole: "member" });
      await owner.query(
        `INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
         SELECT p.id, p.organization_id, u.id, $3 FROM magtrace.projects p, accounts.users u
         WHERE p.id = $1 AND u.email = $2`,
        [projectId, `${name}@example.com`, role],
      );
      return caller;
    },
  };
}

/** The body of a call that has to succeed. */
export async function ok<T>(
  caller: ApiCaller,
  method: "GET" | "POST" | "PUT" | "PATCH",
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await caller.call<T>(method, path, body);
  if (answer.status < 300) return answer.body;
  throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

export interface SurveyEvent {
  readonly start_index: number;
  readonly end_index: number;
  readonly category: string;
}

export interface Survey {
  readonly csv: string;
  readonly events: readonly SurveyEvent[];
}

export interface SurveyOptions {
  readonly seed: number;
  readonly rows?: number;
  readonly rateHz?: number;
}

const EVENT_SECONDS = 2;
const EVERY_SECONDS = 5;

/** A recording with a hum (Motor) and a slow wobble (Fan noise) in turn, every five seconds for two. */
export function simulateSurvey({ seed, rows = 4_000, rateHz = 50 }: SurveyOptions): Survey {
  const random = createRandom(seed);
  const noise = () => (random() + random() + random() - 1.5) * 8;
  const events: SurveyEvent[] = [];
  const period = EVERY_SECONDS * rateHz;
  const length = EVENT_SECONDS * rateHz;
  for (let start = Math.round(1.5 * rateHz); start + length < rows; start += period) {
    const category = events.length % 2 === 0 ? "Motor" : "Fan noise";
    events.push({ start_index: start, end_index: start + length - 1, category });
  }
  const lines = ["timestamp_pc,b_x,b_y,b_z"];
  for (let i = 0; i < rows; i++) {
    const seconds = i / rateHz;
    const event = events.find(({ start_index, end_index }) => i >= start_index && i <= end_index);
    const hz = event?.category === "Motor" ? 11 : 2;
    const wave = event ? 120 * Math.sin(2 * Math.PI * hz * seconds) : 0;
    const cells = [20_000 + wave + noise(), 5_000 + wave / 2 + noise(), -43_000 - wave / 3 + noise()];
    lines.push([seconds.toFixed(3), ...cells.map((cell) => cell.toFixed(2))].join(","));
  }
  return { csv: `${lines.join("\n")}\n`, events };
}

export async function createProject(caller: ApiCaller, name: string): Promise<number> {
  return (await ok<Project>(caller, "POST", "/api/projects/", { name })).id;
}

/** Uploads a file and waits until it can be read. */
export async function upload(
  caller: ApiCaller,
  projectId: number,
  csv: string,
  name = "survey.csv",
): Promise<Dataset> {
  const answer = await caller.upload<Dataset>(projectId, { name, bytes: csv });
  if (answer.status !== 201)
    throw new Error(`upload answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The categories of a project, by name. */
export async function categoriesOf(caller: ApiCaller, projectId: number): Promise<Record<string, number>> {
  const listed = await ok<Category[]>(caller, "GET", `/api/label-categories/?project_id=${projectId}`);
  return Object.fromEntries(listed.map(({ name, id }) => [name, id]));
}

export async function label(
  caller: ApiCaller,
  dataset: Dataset,
  events: readonly SurveyEvent[],
): Promise<Annotation[]> {
  const ids = await categoriesOf(caller, dataset.project);
  const annotations = events.map(({ start_index, end_index, category }) => ({
    dataset: dataset.id,
    category: ids[category],
    start_index,
    end_index,
  }));
  return ok(caller, "POST", "/api/annotations/bulk_create/", { annotations });
}

export async function createModel(
  caller: ApiCaller,
  project: number,
  hyperparameters: Record<string, unknown> = {},
): Promise<UserModel> {
  return ok(caller, "POST", "/api/user-models/", {
    project,
    name: "forest",
    hyperparameters: { n_trees: 12, folds: 3, background: true, ...hyperparameters },
  });
}

interface Work {
  readonly id: number;
  readonly status: string;
}

const POLL_MS = 50;
const PATIENCE_MS = 180_000;

/** Asks until `done`, by default until the work has ended. */
export async function until<T extends Work>(
  caller: ApiCaller,
  path: string,
  done: (state: T) => boolean = ({ status }) => status !== "pending" && status !== "running",
): Promise<T> {
  const last = performance.now() + PATIENCE_MS;
  for (;;) {
    const state = await ok<T>(caller, "GET", path);
    if (done(state)) return state;
    if (performance.now() > last) throw new Error(`${path} stayed ${JSON.stringify(state).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function startTraining(
  caller: ApiCaller,
  model: { readonly id: number },
  dataset: { readonly id: number },
  more: Record<string, unknown> = {},
): Promise<TrainingSession> {
  const request = { model_id: model.id, dataset_id: dataset.id, ...more };
  return ok(caller, "POST", "/api/training-sessions/start_training/", request);
}

export async function train(
  caller: ApiCaller,
  model: { readonly id: number },
  dataset: { readonly id: number },
  more: Record<string, unknown> = {},
): Promise<TrainingSession> {
  const { id } = await startTraining(caller, model, dataset, more);
  return until<TrainingSession>(caller, `/api/training-sessions/${id}/`);
}

export async function predict(caller: ApiCaller, request: Record<string, unknown>): Promise<Prediction> {
  const { id } = await ok<Prediction>(caller, "POST", "/api/predictions/", request);
  return until<Prediction>(caller, `/api/predictions/${id}/`);
}

/** The trained model's bytes. */
export async function modelBytes(
  installation: Pick<TestInstallation, "api">,
  caller: ApiCaller,
  sessionId: number,
): Promise<Buffer> {
  const response = await fetch(`${installation.api.address}/api/training-sessions/${sessionId}/model/`, {
    headers: { authorization: `Bearer ${caller.token}` },
  });
  if (response.status !== 200) throw new Error(`model answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
