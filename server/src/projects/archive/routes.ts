import { Readable } from "node:stream";
import { IdParams, Project } from "@magtrace/contracts";
import { attachment } from "../../http/reply/attachment.ts";
import { type Route, route } from "../../http/route.ts";
import type { ArchivedTable } from "../../platform/archive/declaration.ts";
import type { ApiDeps } from "../../platform/deps.ts";
import { exportProject } from "./exporting/exportProject.ts";
import { MEDIA_TYPE } from "./format.ts";
import { receiveImport } from "./importing/receiveImport.ts";

export function archiveRoutes(deps: ApiDeps, tables: readonly ArchivedTable[]): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/projects/{id}/export/",
      permission: "project.export",
      summary: "The whole project as one file, for keeping or to import elsewhere",
      produces: MEDIA_TYPE,
      schemas: { params: IdParams },
      handler: async ({ actor, params, raw, reply }) => {
        // Tar counts as compressible. Readings hardly are, and the length would be lost.
        raw.headers["x-no-compression"] = "1";
        const file = await exportProject(deps, tables, actor, params.id);
        attachment(reply, file.filename);
        reply.header("Content-Length", file.size).header("Cache-Control", "no-store").type(MEDIA_TYPE);
        const stream = Readable.from(file.bytes(), { objectMode: false });
        stream.once("close", () => {
          file.discard().catch((error) => deps.log.warn({ err: error }, "an export was left for the sweep"));
        });
        return reply.send(stream);
      },
    }),
    route({
      method: "POST",
      path: "/api/projects/import_project/",
      permission: "project.create",
      limit: "upload",
      summary: "Make a project of an exported file: multipart fields file, organization and name (optional)",
      status: 201,
      schemas: { response: Project },
      handler: async ({ actor, raw, reply }) => {
        const project = await receiveImport(deps, actor, raw);
        if (project.status === "importing") reply.code(202);
        return project;
      },
    }),
  ];
}
