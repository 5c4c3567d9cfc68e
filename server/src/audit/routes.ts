import {
  AuditCheck,
  AuditEntry,
  AuditExportQuery,
  AuditQuery,
  AuditVerdict,
  AuditVerifyQuery,
} from "@magtrace/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { attachment } from "../http/reply/attachment.ts";
import { type Route, route } from "../http/route.ts";
import * as service from "./service.ts";
import { verifyOwnChain } from "./verifyService.ts";

export function auditRoutes(deps: service.AuditDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/audit/",
      permission: "audit.read",
      summary: "Who read and changed what, the newest first",
      schemas: { query: AuditQuery, response: Type.Array(AuditEntry) },
      handler: async ({ actor, query, raw, reply }) =>
        sendEntries(raw, reply, await service.listEntries(deps, actor, query)),
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
      summary:
        "Recompute a chain: whether anything was altered, removed, moved or put in; of a long one 202 and a check to ask again for",
      schemas: { query: AuditVerifyQuery, response: Type.Union([AuditVerdict, AuditCheck]) },
      handler: async ({ actor, query, reply }) => {
        const answer = await verifyOwnChain(deps, actor, query);
        if ("status" in answer) {
          reply
            .code(202)
            .header("Retry-After", 1)
            .header(
              "Location",
              `/api/audit/verify/?organization_id=${answer.organization}&check=${answer.id}`,
            );
        }
        return answer;
      },
    }),
  ];
}

/** The next page begins where this one ended, so that it costs the same however far back it is. */
function sendEntries(
  request: FastifyRequest,
  reply: FastifyReply,
  { rows, total, more }: service.AuditPage,
): AuditEntry[] {
  reply.header("X-Total-Count", total);
  const last = rows.at(-1);
  if (more && last) {
    const url = new URL(request.url, "http://localhost");
    url.searchParams.delete("offset");
    url.searchParams.set("before", String(last.position));
    reply.header("Link", `<${url.pathname}${url.search}>; rel="next"`);
  }
  return rows;
}
