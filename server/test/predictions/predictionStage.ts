import type { TestContext } from "node:test";
import type {
  Annotation,
  Dataset,
  ErrorBody,
  Prediction,
  TrainingSession,
  UserModel,
} from "@magtrace/contracts";
import {
  createModel,
  createProject,
  type LearningStage,
  label,
  ok,
  predict,
  type Survey,
  setLearningStage,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";
import type { ApiCaller } from "../support/testInstallation.ts";

export const PREDICTIONS = "/api/predictions/";
export const SUGGESTIONS = "/api/suggestions/";

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly error: string;
}

/** An installation with a worker, a model trained on one survey of Ann's, and another one to search. */
export interface PredictionStage {
  readonly stage: LearningStage;
  readonly ann: ApiCaller;
  readonly project: number;
  readonly model: UserModel;
  readonly session: TrainingSession;
  /** The one to search, with the events in it. */
  readonly survey: Survey;
  readonly dataset: Dataset;
  /** Ann's call unless another's, as what it was refused with. */
  readonly refusal: (method: string, path: string, body?: unknown, caller?: ApiCaller) => Promise<Refusal>;
  /** A prediction on rows of its own: its labels disturb no other test's. */
  readonly search: () => Promise<Prediction>;
  readonly labelsOf: (datasetId: number) => Promise<Annotation[]>;
}

export async function setPredictionStage(cleanup: Pick<TestContext, "after">): Promise<PredictionStage> {
  const stage = await setLearningStage(cleanup);
  const { ann } = stage;
  const project = await createProject(ann, "North field");
  const training = simulateSurvey({ seed: 1 });
  const trained = await upload(ann, project, training.csv);
  await label(ann, trained, training.events);
  const model = await createModel(ann, project, { n_trees: 20 });
  const session = await train(ann, model, trained);
  const survey = simulateSurvey({ seed: 2, rows: 2_500 });
  const dataset = await upload(ann, project, survey.csv, "second.csv");
  return {
    stage,
    ann,
    project,
    model,
    session,
    survey,
    dataset,
    refusal: async (method, path, body, caller = ann) => {
      const answer = await caller.call<ErrorBody>(method, path, body);
      return { status: answer.status, code: answer.body.code, error: answer.body.error };
    },
    search: async () => {
      const own = await upload(ann, project, survey.csv, "own.csv");
      return predict(ann, { dataset: own.id, training_session: session.id });
    },
    labelsOf: (datasetId) => ok<Annotation[]>(ann, "GET", `/api/annotations/?dataset_id=${datasetId}`),
  };
}
