import { randomUUID } from "node:crypto";
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import multipart from "@fastify/multipart";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from "fastify";
import type { Actor } from "../../accounts/actor.ts";
import { type Permission, requireScope } from "../../accounts/policy.ts";
import { AppError } from "../../errors.ts";
import type { Log } from "../log.ts";
import { sendError } from "./errorReply.ts";
import { requireOwnOrigin } from "./origin.ts";
import { checkResponse } from "./responseCheck.ts";
import type { Route } from "./route.ts";
import { compileValidator } from "./validation.ts";

declare module "fastify" {
  interface FastifyRequest {
    actor: Actor | null;
  }
  interface FastifyContextConfig {
    permission?: Permission | "public";
  }
}

export interface AppOptions {
  readonly log: Log;
  readonly version: string;
  readonly routes: readonly Route[];
  readonly authenticate: (request: FastifyRequest) => Promise<Actor | null>;
  /** Address users type, known once the port is. */
  readonly publicOrigin: () => string;
  /** Hold every answer to its schema; in tests. */
  readonly checkResponses?: boolean;
  /** Parts that are not routes of the interface: sign-in pages, the web app. */
  readonly mount?: (app: FastifyInstance) => Promise<void>;
}

const MIB = 1024 * 1024;

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: MIB,
    requestTimeout: 0,
    forceCloseConnections: "idle",
  });
  app.setValidatorCompiler(compileValidator);
  app.decorateRequest("actor", null);
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendError(
      new AppError("not_found", `There is nothing at ${request.method} ${request.url.split("?")[0]}.`),
      request,
      reply,
    ),
  );
  requirePermissions(app);
  await addSafety(app);
  logRequests(app);
  await app.register(multipart, {
    limits: { files: 1, fields: 20, fieldSize: 64 * 1024, fileSize: Number.MAX_SAFE_INTEGER },
  });
  await addDocumentation(app, options.version);
  if (options.mount) await app.register(options.mount);
  await app.register(async (scope) => {
    for (const route of options.routes) addRoute(scope, route, options);
  });
  return app;
}

/** The program does not start with a route that says nothing of who may call it. */
function requirePermissions(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });
  app.addHook("onReady", async () => {
    for (const { method, url, config } of routes) {
      if (config?.permission === undefined)
        throw new Error(`${String(method)} ${url} declares no permission`);
    }
  });
}

async function addSafety(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:", "blob:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", "blob:"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: "same-origin" },
    frameguard: { action: "deny" },
    hsts: false,
  });
  await app.register(cookie);
  await app.register(compress, {
    threshold: 1024,
    encodings: ["br", "gzip"],
    customTypes: /^(text\/(?!event-stream)|application\/json)/,
  });
}

function logRequests(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("X-Request-Id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        path: request.url.split("?")[0],
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
        user_id: request.actor?.userId,
      },
      "request",
    );
  });
}

async function addDocumentation(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "MagTrace",
        version,
        description: "Upload, label, train, predict, review and export magnetometer recordings.",
      },
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "An API token: mgt_…" },
          session: { type: "apiKey", in: "cookie", name: "magtrace.session_token" },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: ({ schema, url }) => ({ schema, url }),
  });
  await app.register(async (scope) => {
    openToAll(scope);
    scope.get("/api/openapi.json", { schema: { hide: true } }, async () => app.swagger());
    await scope.register(swaggerUi, { routePrefix: "/api/docs", staticCSP: false });
  });
}

/** Marks every route of a scope as needing no credential. */
export function openToAll(scope: FastifyInstance): void {
  scope.addHook("onRoute", (route) => {
    route.config = { ...route.config, permission: "public" };
  });
}

function addRoute(app: FastifyInstance, route: Route, options: AppOptions): void {
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
    ...(options.checkResponses && response ? { preSerialization: checkResponse(response, status) } : {}),
    handler: async (request, reply) => {
      reply.code(status);
      const answer = await route.handle(request, reply);
      if (reply.sent || answer === reply) return reply;
      return answer ?? (status === 204 ? null : answer);
    },
  });
}
