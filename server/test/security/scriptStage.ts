import type { Category, Dataset, Organization, Project } from "@magtrace/contracts";
import { surveyCsv, untilEnded } from "../support/archiveStage.ts";
import type { ApiCaller } from "../support/testInstallation.ts";
import { ADDRESS_PAYLOAD, PAYLOAD, SHORT_PAYLOAD } from "./scriptPayloads.ts";

/** Ids for the parameters of pages' addresses. */
export type PageIds = Record<`$${string}`, number>;

/** A project in which every text that people can write is a payload. */
export async function fillWithPayloads(caller: ApiCaller): Promise<PageIds> {
  const call = async <T = { id: number }>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await caller.call<T>(method, `/api/${path}`, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  const [organization] = await call<Organization[]>("GET", "organizations/");
  await call("PATCH", `organizations/${organization!.id}/`, { name: PAYLOAD });
  await call("PATCH", "me/", { name: PAYLOAD });
  await call("POST", "tokens/", { name: PAYLOAD, scopes: ["read"] });
  await call("POST", `organizations/${organization!.id}/invitations/`, {
    email: "img.src.x.onerror{{7*7}}@example.com",
    role: "member",
  });
  const project = await call<Project>("POST", "projects/", {
    name: PAYLOAD,
    description: `${PAYLOAD} ${ADDRESS_PAYLOAD}`,
    settings: { [SHORT_PAYLOAD]: PAYLOAD },
  });
  const dataset = await uploadPayloads(caller, project.id);
  const categories = await call<Category[]>("GET", `label-categories/?project_id=${project.id}`);
  const motor = categories.find(({ name }) => name === "Motor")!;
  const normal = categories.find(({ name }) => name === "Normal")!;
  const named = { name: PAYLOAD, description: `${PAYLOAD} ${ADDRESS_PAYLOAD}` };
  await call("PATCH", `label-categories/${motor.id}/`, named);
  const annotations = Array.from({ length: 6 }, (_, i) => ({
    dataset: dataset.id,
    category: i % 2 === 0 ? motor.id : normal.id,
    start_index: i * 90,
    end_index: i * 90 + 59,
    notes: `${PAYLOAD} ${ADDRESS_PAYLOAD}`,
  }));
  await call("POST", "annotations/bulk_create/", { annotations });
  const model = await call("POST", "user-models/", {
    project: project.id,
    ...named,
    hyperparameters: { n_trees: 8, seed: 3 },
    tags: [SHORT_PAYLOAD.replaceAll(",", "")],
    category: SHORT_PAYLOAD,
    author: PAYLOAD,
    version_notes: PAYLOAD,
    custom_metadata: { [SHORT_PAYLOAD]: ADDRESS_PAYLOAD },
    python_script: PAYLOAD,
  });
  const training = { model_id: model.id, dataset_id: dataset.id };
  const session = await call("POST", "training-sessions/start_training/", training);
  await untilEnded(caller, `training-sessions/${session.id}/`);
  const search = { dataset: dataset.id, training_session: session.id };
  const prediction = await call("POST", "predictions/", search);
  await untilEnded(caller, `predictions/${prediction.id}/`);
  return {
    $organizationId: organization!.id,
    $projectId: project.id,
    $datasetId: dataset.id,
    $sessionId: session.id,
    $predictionId: prediction.id,
  };
}

/** The names of file, sensor and a column are payloads, too. */
async function uploadPayloads(caller: ApiCaller, projectId: number): Promise<Dataset> {
  const csv = surveyCsv({ seed: 7, sensors: true })
    .replaceAll(",left", `,${SHORT_PAYLOAD}`)
    .split("\n")
    .map((line, row) => `${line},${row === 0 ? SHORT_PAYLOAD : row}`)
    .join("\n");
  const file = { name: `${SHORT_PAYLOAD}.csv`, bytes: csv };
  const { status, body } = await caller.upload<Dataset>(projectId, file, { name: PAYLOAD });
  if (status !== 201) throw new Error(`the upload answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
