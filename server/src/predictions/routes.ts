import {
  CreatePrediction,
  CreateSuggestions,
  IdParams,
  IntervalListQuery,
  PredictedInterval,
  Prediction,
  PredictionListQuery,
  ReviewPrediction,
  Suggestion,
  SuggestionListQuery,
} from "@magtrace/contracts";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { sendPage } from "../http/reply/page.ts";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";
import { createPrediction } from "./making/createPrediction.ts";
import { reviewPrediction } from "./review/reviewPrediction.ts";
import * as service from "./service.ts";
import * as suggestions from "./suggestions/suggestions.ts";

/** 100,000 intervals or decisions. */
const MANY_INTERVALS_LIMIT = 16 * 1024 * 1024;

export function predictionRoutes(deps: Deps): Route[] {
  return [...ownRoutes(deps), ...suggestionRoutes(deps)];
}

/** To the intervals after those it carries, where there are more (RFC 8288). */
function linkToMore(reply: FastifyReply, prediction: Prediction): Prediction {
  const carried = prediction.predictions.length;
  if (carried < service.totalIntervals(prediction.counts)) {
    const path = `/api/predictions/${prediction.id}/intervals/?limit=1000&offset=${carried}`;
    reply.header("Link", `<${path}>; rel="next"`);
  }
  return prediction;
}

function ownRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/predictions/",
      permission: "prediction.read",
      summary: "List predictions",
      schemas: { query: PredictionListQuery, response: Type.Array(Prediction) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listPredictions(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/predictions/",
      permission: "prediction.run",
      summary: "Search a dataset with a trained model, or classify the intervals given",
      status: 201,
      bodyLimit: MANY_INTERVALS_LIMIT,
      schemas: { body: CreatePrediction, response: Prediction },
      handler: ({ actor, body }) => createPrediction(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/predictions/{id}/",
      permission: "prediction.read",
      summary: "Read a prediction with its first 10,000 intervals; a Link leads to pages of more",
      schemas: { params: IdParams, response: Prediction },
      handler: async ({ actor, params, reply }) =>
        linkToMore(reply, await service.readPrediction(deps, actor, params.id)),
    }),
    route({
      method: "GET",
      path: "/api/predictions/{id}/intervals/",
      permission: "prediction.read",
      summary: "List intervals of a prediction",
      schemas: { params: IdParams, query: IntervalListQuery, response: Type.Array(PredictedInterval) },
      handler: async ({ actor, params, query, raw, reply }) =>
        sendPage(raw, reply, await service.listIntervals(deps, actor, params.id, query)),
    }),
    route({
      method: "DELETE",
      path: "/api/predictions/{id}/",
      permission: "prediction.run",
      summary: "Delete a prediction; labels made from it stay",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => service.deletePrediction(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/predictions/{id}/review/",
      permission: "prediction.review",
      summary: "Accept, reject or modify intervals; what is accepted or modified becomes labels",
      bodyLimit: MANY_INTERVALS_LIMIT,
      schemas: { params: IdParams, body: ReviewPrediction, response: Prediction },
      handler: ({ actor, params, body }) => reviewPrediction(deps, actor, params.id, body),
    }),
  ];
}

function suggestionRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/suggestions/",
      permission: "prediction.read",
      summary: "List suggestions, those made together least certain first",
      schemas: { query: SuggestionListQuery, response: Type.Array(Suggestion) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await suggestions.listSuggestions(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/suggestions/",
      permission: "prediction.run",
      summary: "Suggest the rows a model is least certain of; 202 and none yet while the dataset is searched",
      status: 201,
      schemas: { body: CreateSuggestions, response: Type.Array(Suggestion) },
      handler: async ({ actor, body, reply }) => {
        const made = await suggestions.createSuggestions(deps, actor, body);
        if (!made) reply.code(202);
        return made ?? [];
      },
    }),
    ...(["accept", "reject"] as const).map((verb) =>
      route({
        method: "POST",
        path: `/api/suggestions/{id}/${verb}/`,
        permission: "prediction.review",
        summary: verb === "accept" ? "Make a label of a suggestion" : "Turn a suggestion down",
        schemas: { params: IdParams, response: Suggestion },
        handler: ({ actor, params }) =>
          suggestions.decideSuggestion(deps, actor, params.id, verb === "accept" ? "accepted" : "rejected"),
      }),
    ),
  ];
}
