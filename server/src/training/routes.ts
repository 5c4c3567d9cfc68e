import {
  ActiveSessionsQuery,
  CreateTrainingSession,
  IdParams,
  SessionListQuery,
  StartTraining,
  TrainingSession,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../http/reply/page.ts";
import { sendObject } from "../http/reply/sendObject.ts";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";
import * as service from "./service.ts";
import { startTraining } from "./starting/startTraining.ts";

export function trainingRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/training-sessions/",
      permission: "training.read",
      summary: "List training sessions",
      schemas: { query: SessionListQuery, response: Type.Array(TrainingSession) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listSessions(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/training-sessions/",
      permission: "training.run",
      summary: "Create a training session, which starts it",
      status: 201,
      schemas: { body: CreateTrainingSession, response: TrainingSession },
      handler: ({ actor, body }) =>
        startTraining(deps, actor, {
          modelId: body.model,
          datasetId: body.dataset,
          additionalDatasetIds: body.additional_dataset_ids ?? [],
          continueFrom: null,
          config: {
            ...body.training_config,
            ...(body.total_epochs === undefined ? {} : { total_epochs: body.total_epochs }),
          },
        }),
    }),
    route({
      method: "POST",
      path: "/api/training-sessions/start_training/",
      permission: "training.run",
      summary: "Start training, on several datasets or on top of an earlier session if wanted",
      status: 201,
      schemas: { body: StartTraining, response: TrainingSession },
      handler: ({ actor, body }) =>
        startTraining(deps, actor, {
          modelId: body.model_id,
          datasetId: body.dataset_id,
          additionalDatasetIds: body.additional_dataset_ids ?? [],
          continueFrom: body.continue_from_session ?? null,
          config: body.training_config ?? {},
        }),
    }),
    route({
      method: "GET",
      path: "/api/training-sessions/active_sessions/",
      permission: "training.read",
      summary: "Sessions that wait or run",
      schemas: { query: ActiveSessionsQuery, response: Type.Array(TrainingSession) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listSessions(deps, actor, { ...query, active: true })),
    }),
    ...(["", "status/"] as const).map((end) =>
      route({
        method: "GET",
        path: `/api/training-sessions/{id}/${end}`,
        permission: "training.read",
        summary: end === "" ? "Read a training session" : "How far a training session is",
        schemas: { params: IdParams, response: TrainingSession },
        handler: ({ actor, params }) => service.readSession(deps, actor, params.id),
      }),
    ),
    route({
      method: "POST",
      path: "/api/training-sessions/{id}/stop_training/",
      permission: "training.run",
      needsRoom: false,
      summary: "Stop a training session; it ends as cancelled",
      schemas: { params: IdParams, response: TrainingSession },
      handler: ({ actor, params }) => service.stopTraining(deps, actor, params.id),
    }),
    route({
      method: "DELETE",
      path: "/api/training-sessions/{id}/",
      permission: "training.run",
      summary: "Delete a session that has ended, with its predictions; labels made from them stay",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => service.deleteSession(deps, actor, params.id),
    }),
    route({
      method: "GET",
      path: "/api/training-sessions/{id}/model/",
      permission: "training.read",
      summary: "The trained model as a file",
      produces: "application/octet-stream",
      schemas: { params: IdParams },
      handler: async ({ actor, params, reply }) => {
        const { reader, filename } = await service.openModelFile(deps, actor, params.id);
        return sendObject(reply, reader, filename);
      },
    }),
  ];
}
