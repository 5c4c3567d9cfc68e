import {
  Category,
  CategoryListQuery,
  CreateCategory,
  IdParams,
  MovedLabels,
  MoveLabels,
  UpdateCategory,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../../http/reply/page.ts";
import { type Route, route } from "../../http/route.ts";
import type { Deps } from "../../platform/deps.ts";
import * as categories from "./categories.ts";

export function categoryRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/label-categories/",
      permission: "label.read",
      summary: "List label categories, in their order",
      schemas: { query: CategoryListQuery, response: Type.Array(Category) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await categories.listCategories(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/label-categories/",
      permission: "label.write",
      summary: "Create a label category",
      status: 201,
      schemas: { body: CreateCategory, response: Category },
      handler: ({ actor, body }) => categories.createCategory(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/label-categories/{id}/",
      permission: "label.read",
      summary: "Read a label category",
      schemas: { params: IdParams, response: Category },
      handler: ({ actor, params }) => categories.readCategory(deps, actor, params.id),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: "/api/label-categories/{id}/",
        permission: "label.write",
        summary: "Change a label category",
        schemas: { params: IdParams, body: UpdateCategory, response: Category },
        handler: ({ actor, params, body }) => categories.updateCategory(deps, actor, params.id, body),
      }),
    ),
    route({
      method: "DELETE",
      path: "/api/label-categories/{id}/",
      permission: "label.write",
      summary: "Delete a label category that no label has",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => categories.deleteCategory(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/label-categories/{id}/move_labels/",
      permission: "label.write",
      summary: "Give all labels of this category to another of the project",
      schemas: { params: IdParams, body: MoveLabels, response: MovedLabels },
      handler: ({ actor, params, body }) => categories.moveLabels(deps, actor, params.id, body.to),
    }),
  ];
}
