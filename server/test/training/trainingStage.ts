import type { TestContext } from "node:test";
import type { Dataset, ErrorBody } from "@magtrace/contracts";
import { openPlatform, type Platform } from "../../src/platform/openPlatform.ts";
import {
  createProject,
  type LearningStage,
  label,
  type Survey,
  setLearningStage,
  simulateSurvey,
  upload,
} from "../support/learningStage.ts";
import type { ApiCaller } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

export const SESSIONS = "/api/training-sessions/";

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly error: string;
}

/** An installation with a worker, and a labelled survey in a project of Ann's. */
export interface TrainingStage {
  readonly stage: LearningStage;
  readonly ann: ApiCaller;
  readonly project: number;
  readonly survey: Survey;
  readonly dataset: Dataset;
  readonly platform: Platform;
  /** Ann's call unless another's, as what it was refused with. */
  readonly refusal: (method: string, path: string, body?: unknown, caller?: ApiCaller) => Promise<Refusal>;
  readonly start: (body: unknown, caller?: ApiCaller) => Promise<Refusal>;
  readonly keysOf: (
    sessionId: number,
  ) => Promise<Record<"labels_key" | "checkpoint_key" | "model_key", string | null>>;
  /** The worker deletes the last one after the session says that it has ended. */
  readonly untilNoCheckpoint: (sessionId: number) => Promise<void>;
}

export async function setTrainingStage(cleanup: Pick<TestContext, "after">): Promise<TrainingStage> {
  const stage = await setLearningStage(cleanup);
  const { ann } = stage;
  const project = await createProject(ann, "North field");
  const survey = simulateSurvey({ seed: 1 });
  const dataset = await upload(ann, project, survey.csv);
  await label(ann, dataset, survey.events);
  const platform = await openPlatform(stage.config, "test");
  cleanup.after(() => platform.close());

  const refusal: TrainingStage["refusal"] = async (method, path, body, caller = ann) => {
    const answer = await caller.call<ErrorBody>(method, path, body);
    return { status: answer.status, code: answer.body.code, error: answer.body.error };
  };
  return {
    stage,
    ann,
    project,
    survey,
    dataset,
    platform,
    refusal,
    start: (body, caller = ann) => refusal("POST", `${SESSIONS}start_training/`, body, caller),
    keysOf: async (sessionId) => {
      const { rows } = await stage.owner.query(
        "SELECT labels_key, checkpoint_key, model_key FROM magtrace.training_sessions WHERE id = $1",
        [sessionId],
      );
      return rows[0];
    },
    untilNoCheckpoint: (sessionId) =>
      untilTrue(async () => {
        const all = await Array.fromAsync(platform.deps.objects.list("checkpoints/"));
        return !all.some(({ key }) => key.startsWith(`checkpoints/${sessionId}-`));
      }),
  };
}
