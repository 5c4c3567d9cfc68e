import type { FastifyInstance } from "fastify";
import { requireScope } from "../../accounts/policy.ts";
import { AppError } from "../../errors.ts";
import type { AppOptions } from "./app.ts";
import { requireOwnOrigin } from "./origin.ts";
import { refuseRepeated } from "./requestBounds.ts";
import { checkResponse } from "./responseCheck.ts";
import type { Route } from "./route.ts";

/** Makes a declared route one of fastify's: who asks comes first, then what they sent, then its handler. */
export function addRoute(app: FastifyInstance, route: Route, options: AppOptions): void {
  const { params, query, body, response } = route.schemas;
  const status = route.status ?? 200;
  const tag = route.path.split("/")[2] ?? "api";
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    config: { permission: route.permission },
    ...(route.bodyLimit ? { bodyLimit: route.bodyLimit } : {}),
    schema: {
      summary: route.summary,
      tags: [tag],
      ...(route.permission === "public" ? { security: [] } : {}),
      ...(route.produces ? { produces: [route.produces] } : {}),
      ...(params ? { params } : {}),
      ...(query ? { querystring: query } : {}),
      ...(body ? { body } : {}),
      ...(response ? { response: { [status]: response } } : {}),
    },
    onRequest: async (request) => {
      request.actor = await options.authenticate(request);
      if (route.permission === "public") return;
      if (!request.actor) {
        throw new AppError("not_signed_in", "Sign in, or send a token: Authorization: Bearer mgt_…");
      }
      if (request.actor.credential.kind === "session") requireOwnOrigin(request, options.publicOrigin());
      requireScope(request.actor, route.permission);
    },
    ...(query ? { preValidation: refuseRepeated(query) } : {}),
    ...(options.checkResponses && response ? { preSerialization: checkResponse(response, status) } : {}),
    handler: async (request, reply) => {
      reply.code(status);
      const answer = await route.handle(request, reply);
      if (reply.sent || answer === reply) return reply;
      return answer ?? (status === 204 ? null : answer);
    },
  });
}
