import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import type { Actor } from "../access/actor.ts";
import { permissions, requireScope } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Statement } from "../platform/database/batch.ts";
import { rateKindOf } from "../platform/limits/rateKinds.ts";
import type { AppOptions } from "./appOptions.ts";
import { checkResponse } from "./reply/responseCheck.ts";
import { requireCsrfToken } from "./request/csrf.ts";
import { diskRoomFor } from "./request/diskRoom.ts";
import type { CallerLimits } from "./request/limitRequests.ts";
import { requireOwnOrigin } from "./request/origin.ts";
import { parametersOf, refuseRepeated } from "./request/requestBounds.ts";
import { compileValidator } from "./request/validation.ts";
import type { Route } from "./route.ts";

interface RouteOptions extends AppOptions {
  readonly callers: CallerLimits;
}

/** Makes a declared route one of fastify's: who asks comes first, then what they sent, then its handler. */
export function addRoute(app: FastifyInstance, route: Route, options: RouteOptions): void {
  const { params, query, body, response } = route.schemas;
  const status = route.status ?? 200;
  const ahead = statementAhead(route);
  const kind = rateKindOf({
    ...route,
    scope: route.permission === "public" ? null : permissions[route.permission].scope,
  });
  const requireRoom = diskRoomFor({ ...route, kind });
  const tag = route.path.split("/")[2] ?? "api";
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    config: {
      permission: route.permission,
      parameters: query ? parametersOf(query) : [],
      limit: kind,
      ...(route.mostBytes === undefined ? {} : { mostBytes: route.mostBytes }),
      ...(route.produces === "text/event-stream" ? { streams: true } : {}),
    },
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
    onRequest: async (request, reply) => {
      request.actor = await identify(request, reply, { ...options, ahead });
      await options.callers.check(request, reply);
      if (route.permission === "public") return;
      if (!request.actor) {
        throw new AppError("not_signed_in", "Sign in, or send a token: Authorization: Bearer mgt_…");
      }
      const { credential } = request.actor;
      if (credential.kind === "session") {
        requireOwnOrigin(request, options.publicOrigin());
        requireCsrfToken(request, options.csrfSecret, credential.sessionId);
      }
      requireScope(request.actor, route.permission);
      if (options.disk) await requireRoom?.(request, options.disk);
    },
    ...(query ? { preValidation: refuseRepeated(query) } : {}),
    ...(options.checkResponses && response ? { preSerialization: checkResponse(response, status) } : {}),
    handler: (request, reply) => {
      const work = serve(route, options, { request, reply, status });
      request.work = work.catch(() => undefined);
      return work;
    },
  });
}

async function serve(
  route: Route,
  { auditRead }: RouteOptions,
  { request, reply, status }: { request: FastifyRequest; reply: FastifyReply; status: number },
): Promise<unknown> {
  reply.code(status);
  const answer = await route.handle(request, reply);
  if (request.actor) await auditRead?.(request.actor);
  if (reply.sent || answer === reply) return reply;
  return answer ?? (status === 204 ? null : answer);
}

/** What a request has read while it is found out who sent it: nothing for one that will be refused for its address. */
function statementAhead({ ahead, schemas }: Route): (request: FastifyRequest) => Statement | null {
  if (!ahead) return () => null;
  const paramsOf = validated(schemas.params);
  const queryOf = validated(schemas.query);
  return (request) => {
    const params = paramsOf(request.params);
    const query = queryOf(request.query);
    return params && query ? ahead({ params, query }) : null;
  };
}

function validated(schema: TSchema | undefined): (values: unknown) => object | undefined {
  if (!schema) return () => ({});
  const validate = compileValidator({ schema } as never) as (values: object) => { value?: object };
  return (values) => validate({ ...(values as object) }).value;
}

async function identify(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, callers, ahead }: RouteOptions & { ahead: (request: FastifyRequest) => Statement | null },
): Promise<Actor | null> {
  try {
    return await authenticate(request, ahead(request));
  } catch (error) {
    if (error instanceof AppError && error.meaning.status === 401)
      await callers.refusedCredential(request, reply);
    throw error;
  }
}
