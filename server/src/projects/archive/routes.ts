import { IdParams, Project } from "@magtrace/contracts";
import Type from "typebox";
import type { Actor } from "../../access/actor.ts";
import { attachment } from "../../http/reply/attachment.ts";
import { sendPieces } from "../../http/reply/sendPieces.ts";
import { type Route, route } from "../../http/route.ts";
import type { ByteMaker } from "../../platform/byteThread/byteThread.ts";
import { inTransaction } from "../../platform/database/transaction.ts";
import type { ApiDeps } from "../../platform/deps.ts";
import { requireProject } from "../service.ts";
import type { ProjectFile, ProjectWanted, WantedParts } from "./exporting/exportProject.ts";
import { MEDIA_TYPE } from "./format.ts";
import { receiveImport } from "./importing/receiveImport.ts";

interface ArchiveDeps extends ApiDeps {
  readonly byteThread: ByteMaker;
}

const ExportQuery = Type.Object({
  originals: Type.Optional(
    Type.Boolean({ description: "false: without the files as they were uploaded. Default true." }),
  ),
  readable: Type.Optional(
    Type.Boolean({
      description: "false: only what an import reads, without CSV, JSON and ONNX. Default true.",
    }),
  ),
});

export function archiveRoutes(deps: ArchiveDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/projects/{id}/export/",
      permission: "project.export",
      // Rows wait in a stored file until the client has taken them.
      needsRoom: true,
      summary: "The whole project as one file, for keeping or to import elsewhere",
      produces: MEDIA_TYPE,
      schemas: { params: IdParams, query: ExportQuery },
      handler: async ({ actor, params, query, raw, reply }) => {
        // What shrinks is compressed already.
        raw.headers["x-no-compression"] = "1";
        const { originals = true, readable = true } = query;
        const file = await deps.byteThread.make<ProjectFile>(
          "project",
          await wantedProject(deps, actor, params.id, { originals, readable }),
        );
        attachment(reply, file.head.filename);
        reply.header("Cache-Control", "no-store").type(MEDIA_TYPE);
        return sendPieces(reply, file);
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

/** @throws AppError where the actor may not export it. */
async function wantedProject(
  deps: ApiDeps,
  actor: Actor,
  projectId: number,
  parts: WantedParts,
): Promise<ProjectWanted> {
  await inTransaction(deps.db, actor.database, (tx) =>
    requireProject(tx, actor, projectId, "project.export"),
  );
  const { author, organizations, ticket } = actor.database;
  return {
    projectId,
    database: { author: { ...author, reading: null }, organizations },
    ticket: (await ticket?.()) ?? "",
    parts,
  };
}
