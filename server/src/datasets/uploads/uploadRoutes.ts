import { IdParams, PageQuery, Upload } from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../../http/reply/page.ts";
import { type Route, route } from "../../http/route.ts";
import { answerTus, describeTus, type TusDeps, UPLOADS_PATH } from "./tusRequests.ts";
import { cancelUpload, listUploads, readUpload, wireUpload } from "./uploads.ts";

const MIB = 1024 * 1024;

/** Resumable uploads, after the tus protocol. */
export function uploadRoutes(deps: TusDeps): Route[] {
  const mostBytes = deps.config.UPLOAD_MAX_MIB * MIB;
  const path = `${UPLOADS_PATH}/`;
  return [
    route({
      method: "OPTIONS",
      path,
      permission: "public",
      limit: "read",
      summary: "What of the tus protocol is spoken here",
      status: 204,
      schemas: {},
      handler: ({ reply }) => describeTus(reply, mostBytes).send(),
    }),
    route({
      method: "GET",
      path,
      permission: "dataset.read",
      summary: "List one's own resumable uploads",
      schemas: { query: PageQuery, response: Type.Array(Upload) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await listUploads(deps, actor, query)),
    }),
    route({
      method: "POST",
      path,
      permission: "dataset.write",
      limit: "upload",
      mostBytes,
      summary:
        "Begin a resumable upload (tus 1.0.0): Upload-Length, and in Upload-Metadata project, filename, name, mapping, profile, sha256",
      status: 201,
      schemas: {},
      handler: ({ actor, raw, reply }) => answerTus(deps, { actor, raw, reply, id: null }),
    }),
    route({
      method: "GET",
      path: `${path}{id}/`,
      permission: "dataset.read",
      summary: "Read one of one's own resumable uploads; HEAD with Tus-Resumable as in the tus protocol",
      schemas: { params: IdParams, response: Upload },
      handler: async ({ actor, params, raw, reply }) => {
        // Fastify answers HEAD by what answers GET.
        if (raw.method === "HEAD" && raw.headers["tus-resumable"] !== undefined) {
          return (await answerTus(deps, { actor, raw, reply, id: params.id })) as never;
        }
        return wireUpload(deps, await readUpload(deps, { actor, id: params.id, permission: "dataset.read" }));
      },
    }),
    route({
      method: "PATCH",
      path: `${path}{id}/`,
      permission: "dataset.write",
      limit: "write",
      mostBytes,
      summary:
        "Go on with a resumable upload (tus 1.0.0): Upload-Offset, and bytes as application/offset+octet-stream",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params, raw, reply }) => answerTus(deps, { actor, raw, reply, id: params.id }),
    }),
    route({
      method: "DELETE",
      path: `${path}{id}/`,
      permission: "dataset.write",
      summary: "Cancel a resumable upload; the dataset it has become stays",
      status: 204,
      schemas: { params: IdParams },
      handler: async ({ actor, params, reply }) => {
        reply.header("Tus-Resumable", "1.0.0");
        await cancelUpload(deps, actor, params.id);
      },
    }),
  ];
}
