import {
  BulkOldLabels,
  CreateOldLabel,
  IdParams,
  OldLabel,
  OldLabelListQuery,
  UpdateOldLabel,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../../http/reply/page.ts";
import { type Route, route } from "../../http/route.ts";
import type { Deps } from "../../platform/deps.ts";
import { BULK_BODY_LIMIT } from "./annotationRoutes.ts";
import { deleteAnnotation } from "./annotations.ts";
import * as oldLabels from "./oldLabels.ts";

/** The oldest interface, kept for scripts: the same labels, with the category as `label_type`. */
export function oldLabelRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/labels/",
      permission: "label.read",
      summary: "List labels (oldest interface; see annotations)",
      schemas: { query: OldLabelListQuery, response: Type.Array(OldLabel) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await oldLabels.listOldLabels(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/labels/",
      permission: "label.write",
      summary: "Create a label (oldest interface); an unknown label_type becomes a category",
      status: 201,
      schemas: { body: CreateOldLabel, response: OldLabel },
      handler: ({ actor, body }) => oldLabels.createOldLabel(deps, actor, body),
    }),
    route({
      method: "POST",
      path: "/api/labels/bulk_create/",
      permission: "label.write",
      summary: "Make up to 10,000 labels, all or none (oldest interface)",
      status: 201,
      bodyLimit: BULK_BODY_LIMIT,
      schemas: { body: BulkOldLabels, response: Type.Array(OldLabel) },
      handler: ({ actor, body }) => oldLabels.createOldLabels(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/labels/{id}/",
      permission: "label.read",
      summary: "Read a label (oldest interface)",
      schemas: { params: IdParams, response: OldLabel },
      handler: ({ actor, params }) => oldLabels.readOldLabel(deps, actor, params.id),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: "/api/labels/{id}/",
        permission: "label.write",
        summary: "Change a label (oldest interface)",
        schemas: { params: IdParams, body: UpdateOldLabel, response: OldLabel },
        handler: ({ actor, params, body }) => oldLabels.updateOldLabel(deps, actor, params.id, body),
      }),
    ),
    route({
      method: "DELETE",
      path: "/api/labels/{id}/",
      permission: "label.write",
      summary: "Delete a label (oldest interface)",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => deleteAnnotation(deps, actor, params.id),
    }),
  ];
}
