import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode } from "../../errors.ts";
import type { SecurityLog } from "../../platform/logs/securityLog.ts";
import { clientAddress } from "../connection/trustProxy.ts";
import { securityEventOf } from "./securityEvents.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Why it was refused, or failed. */
    refusal: ErrorCode | null;
  }
}

/** One line a request, its id in the answer, and a line of the security log where it belongs there. */
export function logRequests(app: FastifyInstance, securityLog: SecurityLog | undefined): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("X-Request-Id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(factsOf(request, reply), "request");
    const event = securityLog && securityEventOf(request, reply, request.refusal);
    if (event) securityLog.write(event);
  });
}

function factsOf(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  const { actor } = request;
  const bytes = reply.getHeader("content-length");
  return {
    method: request.method,
    route: request.routeOptions.url,
    path: pathOf(request),
    query: Object.keys((request.query ?? {}) as object).filter((name) => PLAIN_NAME.test(name)),
    status: reply.statusCode,
    code: request.refusal ?? undefined,
    duration_ms: Math.round(reply.elapsedTime * 10) / 10,
    bytes: bytes === undefined ? undefined : Number(bytes),
    ip: clientAddress(request),
    user_id: actor?.userId,
    token_id: actor?.credential.kind === "token" ? actor.credential.tokenId : undefined,
  };
}

const PLAIN_NAME = /^[a-z][a-z_]{0,30}$/;

/** The route with the ids that were asked for. Nothing else of an address: links hold secrets in it. */
function pathOf({ routeOptions: { url }, params }: FastifyRequest): string | undefined {
  return url?.replaceAll(/:(\w+)/g, (name, key: string) => {
    const value = (params as Record<string, unknown>)[key];
    return /^\d{1,16}$/.test(String(value)) ? String(value) : name;
  });
}
