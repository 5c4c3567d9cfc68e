import {
  AuditEntry,
  AuditExportQuery,
  AuditQuery,
  AuditVerdict,
  AuditVerifyQuery,
} from "@magtrace/contracts";
import Type from "typebox";
import { attachment } from "../http/reply/attachment.ts";
import { sendPage } from "../http/reply/page.ts";
import { type Route, route } from "../http/route.ts";
import * as service from "./service.ts";

export function auditRoutes(deps: service.AuditDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/audit/",
      permission: "audit.read",
      summary: "Who read and changed what, the newest first",
      schemas: { query: AuditQuery, response: Type.Array(AuditEntry) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listEntries(deps, actor, query)),
    }),
    route({
      method: "GET",
      path: "/api/audit/export/",
      permission: "audit.read",
      summary: "The audit as CSV or JSON lines, the oldest first, with what each hash is over",
      produces: "text/csv",
      schemas: { query: AuditExportQuery },
      handler: async ({ actor, query, reply }) => {
        const { body, filename, contentType } = await service.exportEntries(deps, actor, query);
        attachment(reply, filename);
        return reply.type(contentType).send(body);
      },
    }),
    route({
      method: "GET",
      path: "/api/audit/verify/",
      permission: "audit.read",
      summary: "Recompute a chain: whether anything was altered, removed, moved or put in",
      schemas: { query: AuditVerifyQuery, response: AuditVerdict },
      handler: ({ actor, query }) => service.verifyOwnChain(deps, actor, query),
    }),
  ];
}
