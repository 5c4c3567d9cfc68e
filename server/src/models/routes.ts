import {
  CreateModel,
  CreateVersion,
  DistinctQuery,
  GeneratedName,
  GenerateName,
  IdParams,
  ModelListQuery,
  Nullable,
  RenameModel,
  UpdateMetadata,
  UpdateModel,
  UserModel,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../http/reply/page.ts";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";
import { deleteModel } from "./deleteModel.ts";
import { generateName } from "./generateName.ts";
import * as service from "./service.ts";

/** A script of 10⁶ characters, and the rest. */
const MODEL_BODY_LIMIT = 5 * 1024 * 1024;

export function modelRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/user-models/",
      permission: "model.read",
      summary: "List models",
      schemas: { query: ModelListQuery, response: Type.Array(UserModel) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listModels(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/user-models/",
      permission: "model.write",
      summary: "Create a model: what is to be learned, and how",
      status: 201,
      bodyLimit: MODEL_BODY_LIMIT,
      schemas: { body: CreateModel, response: UserModel },
      handler: ({ actor, body }) => service.createModel(deps, actor, body),
    }),
    ...(["categories", "tags"] as const).map((what) =>
      route({
        method: "GET",
        path: `/api/user-models/${what}/`,
        permission: "model.read",
        summary: `Every one of the ${what} that models have`,
        schemas: { query: DistinctQuery, response: Type.Array(Type.String()) },
        handler: ({ actor, query }) => service.listDistinct(deps, actor, what, query.project_id),
      }),
    ),
    route({
      method: "POST",
      path: "/api/user-models/generate_intelligent_name/",
      permission: "model.read",
      summary: "Propose a name that no model of the project has",
      schemas: { body: GenerateName, response: GeneratedName },
      handler: ({ actor, body }) => generateName(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/user-models/{id}/",
      permission: "model.read",
      summary: "Read a model",
      schemas: { params: IdParams, response: UserModel },
      handler: ({ actor, params }) => service.readModel(deps, actor, params.id),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: "/api/user-models/{id}/",
        permission: "model.write",
        summary: "Change a model",
        bodyLimit: MODEL_BODY_LIMIT,
        schemas: { params: IdParams, body: UpdateModel, response: UserModel },
        handler: ({ actor, params, body }) => service.updateModel(deps, actor, params.id, body),
      }),
    ),
    route({
      method: "DELETE",
      path: "/api/user-models/{id}/",
      permission: "model.write",
      summary: "Delete a model with its sessions and predictions; labels made from them stay",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => deleteModel(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/user-models/{id}/rename/",
      permission: "model.write",
      summary: "Rename a model",
      schemas: { params: IdParams, body: RenameModel, response: UserModel },
      handler: ({ actor, params, body }) => service.renameModel(deps, actor, params.id, body),
    }),
    route({
      method: "POST",
      path: "/api/user-models/{id}/clone/",
      permission: "model.write",
      summary: "Copy a model, without its training",
      status: 201,
      schemas: { params: IdParams, body: Nullable(RenameModel), response: UserModel },
      handler: ({ actor, params, body }) => service.cloneModel(deps, actor, params.id, body ?? {}),
    }),
    route({
      method: "POST",
      path: "/api/user-models/{id}/create_version/",
      permission: "model.write",
      summary: "Make the next version of a model",
      status: 201,
      bodyLimit: MODEL_BODY_LIMIT,
      schemas: { params: IdParams, body: Nullable(CreateVersion), response: UserModel },
      handler: ({ actor, params, body }) => service.createVersion(deps, actor, params.id, body ?? {}),
    }),
    route({
      method: "GET",
      path: "/api/user-models/{id}/versions/",
      permission: "model.read",
      summary: "A model with all its versions, the oldest first",
      schemas: { params: IdParams, response: Type.Array(UserModel) },
      handler: ({ actor, params }) => service.listVersions(deps, actor, params.id),
    }),
    route({
      method: "PATCH",
      path: "/api/user-models/{id}/update_metadata/",
      permission: "model.write",
      summary: "Change tags, category, author, description and metadata of a model",
      schemas: { params: IdParams, body: UpdateMetadata, response: UserModel },
      handler: ({ actor, params, body }) => service.updateModel(deps, actor, params.id, metadataOf(body)),
    }),
  ];
}

/** Names and scripts are changed elsewhere, even if a client sends them here. */
function metadataOf({ tags, category, author, description, custom_metadata }: UpdateModel): UpdateModel {
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(category === undefined ? {} : { category }),
    ...(author === undefined ? {} : { author }),
    ...(description === undefined ? {} : { description }),
    ...(custom_metadata === undefined ? {} : { custom_metadata }),
  };
}
