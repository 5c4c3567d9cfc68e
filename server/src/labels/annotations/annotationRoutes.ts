import {
  Annotation,
  AnnotationChange,
  AnnotationListQuery,
  BulkAnnotations,
  CreateAnnotation,
  ExportLabelsQuery,
  HistoryQuery,
  IdParams,
  ImportedLabels,
  ImportLabels,
  UndoRequest,
  UndoResult,
  UpdateAnnotation,
} from "@magtrace/contracts";
import Type from "typebox";
import { attachment } from "../../http/reply/attachment.ts";
import { sendPage } from "../../http/reply/page.ts";
import { type Route, route } from "../../http/route.ts";
import { exportLabels } from "../files/exportLabels.ts";
import { importLabels } from "../files/importLabels.ts";
import * as history from "../history/history.ts";
import * as annotations from "./annotations.ts";

const MIB = 1024 * 1024;
/** 10,000 labels with a line of notes each. */
export const BULK_BODY_LIMIT = 8 * MIB;
/** 100,000 labels, likewise. */
const IMPORT_BODY_LIMIT = 16 * MIB;

export function annotationRoutes(deps: annotations.LabelDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/annotations/",
      permission: "label.read",
      summary:
        "List labels by their rows; start_index and end_index keep those that share a row with that range",
      schemas: { query: AnnotationListQuery, response: Type.Array(Annotation) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await annotations.listAnnotations(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/annotations/",
      permission: "label.write",
      summary: "Label rows start_index to end_index, both inclusive",
      status: 201,
      schemas: { body: CreateAnnotation, response: Annotation },
      handler: ({ actor, body }) => annotations.createAnnotation(deps, actor, body),
    }),
    route({
      method: "POST",
      path: "/api/annotations/bulk_create/",
      permission: "label.write",
      summary: "Make up to 10,000 labels, all or none",
      status: 201,
      bodyLimit: BULK_BODY_LIMIT,
      schemas: { body: BulkAnnotations, response: Type.Array(Annotation) },
      handler: ({ actor, body }) =>
        annotations.createAnnotations(deps, actor, Array.isArray(body) ? body : body.annotations),
    }),
    route({
      method: "GET",
      path: "/api/annotations/export/",
      permission: "label.read",
      summary: "All labels of a dataset as a CSV or JSON file",
      produces: "text/csv",
      schemas: { query: ExportLabelsQuery },
      handler: async ({ actor, query, reply }) => {
        const file = await exportLabels(deps, actor, {
          datasetId: query.dataset_id,
          format: query.format ?? "csv",
          formulas: query.formulas,
        });
        attachment(reply, file.filename);
        return reply.type(file.contentType).send(file.body);
      },
    }),
    route({
      method: "POST",
      path: "/api/annotations/import/",
      permission: "label.write",
      summary: "Make labels of a CSV text or an array, all or none, with categories by name",
      status: 201,
      bodyLimit: IMPORT_BODY_LIMIT,
      schemas: { body: ImportLabels, response: ImportedLabels },
      handler: ({ actor, body }) => importLabels(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/annotations/history/",
      permission: "label.read",
      summary: "Who changed which label, newest first",
      schemas: { query: HistoryQuery, response: Type.Array(AnnotationChange) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await history.listChanges(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/annotations/history/{id}/undo/",
      permission: "label.write",
      summary: "Undo one change, unless its label was changed since",
      schemas: { params: IdParams, response: AnnotationChange },
      handler: ({ actor, params }) => history.undoChange(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/annotations/undo/",
      permission: "label.write",
      summary: "Undo your own last change of a dataset's labels; what one request made is undone whole",
      schemas: { body: UndoRequest, response: UndoResult },
      handler: ({ actor, body }) => history.undoLast(deps, actor, body.dataset),
    }),
    route({
      method: "POST",
      path: "/api/annotations/redo/",
      permission: "label.write",
      summary: "Bring back what your own last undo took away",
      schemas: { body: UndoRequest, response: UndoResult },
      handler: ({ actor, body }) => history.redoLast(deps, actor, body.dataset),
    }),
    route({
      method: "GET",
      path: "/api/annotations/{id}/",
      permission: "label.read",
      summary: "Read a label",
      schemas: { params: IdParams, response: Annotation },
      handler: ({ actor, params }) => annotations.readAnnotation(deps, actor, params.id),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: "/api/annotations/{id}/",
        permission: "label.write",
        summary: "Change a label",
        schemas: { params: IdParams, body: UpdateAnnotation, response: Annotation },
        handler: ({ actor, params, body }) => annotations.updateAnnotation(deps, actor, params.id, body),
      }),
    ),
    route({
      method: "DELETE",
      path: "/api/annotations/{id}/",
      permission: "label.write",
      summary: "Delete a label; it can be restored",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => annotations.deleteAnnotation(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/annotations/{id}/restore/",
      permission: "label.write",
      summary: "Restore a deleted label",
      schemas: { params: IdParams, response: Annotation },
      handler: ({ actor, params }) => annotations.restoreAnnotation(deps, actor, params.id),
    }),
  ];
}
