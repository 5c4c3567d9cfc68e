import {
  AskReread,
  DataQuery,
  Dataset,
  DatasetListQuery,
  DatasetStatistics,
  IdParams,
  Inspection,
  PageQuery,
  QualityReport,
  ReadingsQuery,
  Reread,
  RetryReading,
  UpdateDataset,
} from "@magtrace/contracts";
import Type from "typebox";
import { AppError } from "../errors.ts";
import { pageBounds, sendPage } from "../http/reply/page.ts";
import { sendObject } from "../http/reply/sendObject.ts";
import { type Route, route } from "../http/route.ts";
import type { ApiDeps } from "../platform/deps.ts";
import { type DataDeps, sendData } from "./data.ts";
import { type InspectDeps, inspectUpload } from "./inspect.ts";
import { profileRoutes } from "./profiles/profileRoutes.ts";
import { readingObjects } from "./readingObjects.ts";
import { listRereads, rereadDataset } from "./rereads/rereads.ts";
import { retryReading } from "./retryReading.ts";
import * as service from "./service.ts";
import { receiveUpload } from "./upload.ts";
import type { TusDeps } from "./uploads/tusRequests.ts";
import { uploadRoutes } from "./uploads/uploadRoutes.ts";

export function datasetRoutes(deps: ApiDeps & DataDeps & InspectDeps & TusDeps): Route[] {
  return [
    ...profileRoutes(deps),
    ...uploadRoutes(deps),
    route({
      method: "GET",
      path: "/api/datasets/",
      permission: "dataset.read",
      summary: "List datasets",
      schemas: { query: DatasetListQuery, response: Type.Array(Dataset) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listDatasets(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/datasets/upload/",
      permission: "dataset.write",
      limit: "upload",
      mostBytes: deps.config.UPLOAD_MAX_MIB * 1024 * 1024,
      summary: "Upload a recording: multipart fields project, name (optional), mapping (optional JSON), file",
      status: 201,
      schemas: { response: Dataset },
      handler: async ({ actor, raw, reply }) => {
        const dataset = await receiveUpload(deps, actor, raw);
        if (!dataset.processed) reply.code(202);
        return dataset;
      },
    }),
    route({
      method: "POST",
      path: "/api/datasets/inspect/",
      permission: "dataset.write",
      limit: "upload",
      summary:
        "How a file would be read, by its first part: multipart fields project, mapping, total_bytes, filename (all but the first optional), then file",
      schemas: { response: Inspection },
      handler: ({ actor, raw }) => inspectUpload(deps, actor, raw),
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/",
      permission: "dataset.read",
      summary: "Read a dataset",
      schemas: { params: IdParams, response: Dataset },
      ahead: ({ params }) => service.datasetStatement(params.id),
      handler: ({ actor, params }) => service.readDataset(deps, actor, params.id),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: "/api/datasets/{id}/",
        permission: "dataset.write",
        summary: "Rename a dataset",
        schemas: { params: IdParams, body: UpdateDataset, response: Dataset },
        handler: ({ actor, params, body }) => service.renameDataset(deps, actor, params.id, body),
      }),
    ),
    route({
      method: "DELETE",
      path: "/api/datasets/{id}/",
      permission: "dataset.write",
      summary: "Delete a dataset with its labels and predictions",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => service.deleteDataset(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/datasets/{id}/retry/",
      permission: "dataset.write",
      limit: "upload",
      summary: "Read a file again whose reading failed, by another mapping where one is given",
      schemas: { params: IdParams, body: RetryReading, response: Dataset },
      handler: async ({ actor, params, body, reply }) => {
        const dataset = await retryReading(deps, actor, params.id, body);
        if (!dataset.processed) reply.code(202);
        return dataset;
      },
    }),
    route({
      method: "POST",
      path: "/api/datasets/{id}/reread/",
      permission: "dataset.write",
      limit: "upload",
      summary:
        "Read the file again by another mapping, labels staying at their rows; undone with the answer's previous_mapping",
      schemas: { params: IdParams, body: AskReread, response: Reread },
      handler: async ({ actor, params, body, reply }) => {
        const reread = await rereadDataset(deps, actor, params.id, body);
        if (reread.status !== "completed") reply.code(202);
        return reread;
      },
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/rereads/",
      permission: "dataset.read",
      summary: "How the file was read before, the newest first",
      schemas: { params: IdParams, query: PageQuery, response: Type.Array(Reread) },
      handler: async ({ actor, params, query, raw, reply }) =>
        sendPage(raw, reply, await listRereads(deps, actor, params.id, query)),
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/statistics/",
      permission: "dataset.read",
      summary: "Spread of every channel, time and place",
      schemas: { params: IdParams, response: DatasetStatistics },
      handler: ({ actor, params }) => service.readStatistics(deps, actor, params.id),
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/quality/",
      permission: "dataset.read",
      summary: "What was odd in the file and tolerated",
      schemas: { params: IdParams, response: QualityReport },
      handler: async ({ actor, params }) => ({ ...(await service.readQuality(deps, actor, params.id)) }),
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/data/",
      permission: "dataset.read",
      summary: "A window of readings as JSON, CSV or Arrow (by Accept or format)",
      schemas: { params: IdParams, query: DataQuery },
      ahead: ({ params }) => service.datasetStatement(params.id),
      handler: ({ actor, params, query, raw, reply }) =>
        sendData(deps, actor, { id: params.id, query, raw, reply }),
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/download/",
      permission: "dataset.read",
      summary: "The file as it was uploaded",
      produces: "application/octet-stream",
      schemas: { params: IdParams },
      handler: async ({ actor, params, reply }) => {
        const { dataset } = await service.requireSeries(deps, actor, params.id);
        const { originalKey, originalName } = dataset;
        if (originalKey === null) throw new AppError("gone", "The file of this dataset is no longer kept.");
        return sendObject(reply, await deps.objects.open(originalKey), originalName);
      },
    }),
    route({
      method: "GET",
      path: "/api/datasets/{id}/series/",
      permission: "dataset.read",
      summary: "All readings in nT as one Arrow file (Feather 2)",
      produces: "application/vnd.apache.arrow.file",
      schemas: { params: IdParams },
      handler: async ({ actor, params, reply }) => {
        const { dataset, prefix } = await service.requireSeries(deps, actor, params.id);
        const name = `${dataset.originalName.replace(/\.[^.]*$/, "")}.arrow`;
        return sendObject(reply, await deps.objects.open(`${prefix}base.arrow`), name);
      },
    }),
    route({
      method: "GET",
      path: "/api/readings/",
      permission: "dataset.read",
      summary: "Readings of a dataset by page",
      schemas: { query: ReadingsQuery },
      handler: async ({ actor, query, raw, reply }) => {
        const { dataset, prefix } = await service.requireSeries(deps, actor, query.dataset_id);
        const { limit, offset } = pageBounds(query);
        const endIndex = Math.min(offset + limit, dataset.totalRecords);
        const rows =
          endIndex <= offset
            ? []
            : await deps.series.use(prefix, async (series) =>
                readingObjects(
                  await series.window({ startIndex: offset, endIndex, points: limit }),
                  dataset.tracks,
                ),
              );
        return sendPage(raw, reply, {
          rows: rows.map((row) => ({ id: row.index, dataset: dataset.id, ...row })),
          total: dataset.totalRecords,
        });
      },
    }),
  ];
}
