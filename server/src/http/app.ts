import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import multipart from "@fastify/multipart";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from "fastify";
import type { Actor } from "../access/actor.ts";
import type { Permission } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { addRoute } from "./addRoute.ts";
import type { AppOptions } from "./appOptions.ts";
import { boundConnections } from "./connection/boundConnections.ts";
import { usualBounds } from "./connection/bounds.ts";
import { clientErrors } from "./connection/clientErrors.ts";
import { answerEarly } from "./connection/earlyAnswers.ts";
import { answerExpectations } from "./connection/expectContinue.ts";
import { cutSlowClients } from "./connection/slowClients.ts";
import { trustOf } from "./connection/trustProxy.ts";
import { addDocumentation } from "./documentation.ts";
import { addBrowserSafety, REFUSAL_HEADERS } from "./reply/browserSafety.ts";
import { compileSerializer } from "./reply/compileSerializer.ts";
import { sendError } from "./reply/errorReply.ts";
import { logRequests } from "./reply/requestLog.ts";
import { measureRequests } from "./reply/requestMetrics.ts";
import { closeWhileDraining, refuseWhenStopping } from "./reply/stopping.ts";
import { addJsonParser } from "./request/json.ts";
import { limitRequests } from "./request/limitRequests.ts";
import { boundRequests } from "./request/requestBounds.ts";
import { takeTurns } from "./request/requestTurns.ts";
import { compileValidator } from "./request/validation.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** Everything this server answers to, whoever put it there. */
    served: readonly RouteOptions[];
  }
  interface FastifyRequest {
    actor: Actor | null;
  }
  interface FastifyContextConfig {
    permission?: Permission | "public";
    /** Of the query, those it understands. */
    parameters?: readonly string[];
  }
}

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const bounds = { ...usualBounds, ...options.bounds };
  const broken = clientErrors(options.log);
  const app: FastifyInstance = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: bounds.bodyBytes,
    // An upload may take hours; what is too slow is cut by its pace.
    requestTimeout: 0,
    // In our own form: see refuseWhenStopping.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    trustProxy: trustOf(options.trustProxy ?? []),
    http: {
      // Its absence is refused in our own words.
      requireHostHeader: false,
      maxHeaderSize: bounds.headerBytes,
      headersTimeout: bounds.headersTimeoutMs,
      connectionsCheckingInterval: bounds.checkEveryMs,
    },
    clientErrorHandler: broken.answer,
    frameworkErrors: (error, request, reply) => {
      reply.header("X-Request-Id", request.id).headers(REFUSAL_HEADERS);
      sendError(error, request, reply);
    },
  });
  broken.watch(app.server);
  // One more than is taken: Node drops the rest without a word, and then nobody could refuse them.
  app.server.maxHeadersCount = bounds.headers + 1;
  app.server.maxConnections = bounds.connections;
  boundConnections(app, bounds.connectionsPerAddress, options.trustProxy ?? []);
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(compileSerializer);
  app.decorateRequest("actor", null);
  // Without its answer, which Fastify would wait for with one more listener.
  app.setErrorHandler((error, request, reply) => {
    sendError(error, request, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(
      new AppError(
        "not_found",
        `There is no route ${request.method} ${request.url.split("?")[0]}. See /api/docs/.`,
      ),
      request,
      reply,
    ),
  );
  requirePermissions(app);
  app.decorateRequest("refusal", null);
  app.decorateRequest("closing", null);
  // Before every other hook, so that it measures all of them and counts what they refuse.
  if (options.metrics) measureRequests(app, options.metrics);
  addBrowserSafety(app, options.overHttps ?? false);
  await app.register(cookie);
  takeTurns(app);
  await app.register(compress, {
    // Bodies come as they are: see boundRequests.
    globalDecompression: false,
    threshold: 1024,
    encodings: ["br", "gzip"],
    customTypes: /^(text\/(?!event-stream)|application\/json)/,
  });
  answerEarly(app, { lingerMs: bounds.lingerMs, stopping: options.stopping });
  sparePayloads(app);
  logRequests(app, options.securityLog);
  if (options.draining) closeWhileDraining(app, options.draining);
  if (options.stopping) refuseWhenStopping(app, options.stopping, options.draining);
  answerExpectations(app);
  cutSlowClients(app, bounds);
  boundRequests(app, bounds);
  const callers = limitRequests(app, options.limits ?? null, bounds);
  addJsonParser(app, bounds);
  // Read by whoever answers, as it comes: see datasets/uploads.
  app.addContentTypeParser("application/offset+octet-stream", (_request, _body, done) => done(null));
  await app.register(multipart, {
    limits: { files: 1, fields: 20, fieldSize: 64 * 1024, fileSize: Number.MAX_SAFE_INTEGER },
  });
  await addDocumentation(app, options.version);
  if (options.mount) await app.register(options.mount);
  await app.register(async (scope) => {
    for (const route of options.routes) addRoute(scope, route, { ...options, callers });
  });
  return app;
}

/** Nothing is read for a client that asks for the headers alone; fastify would read all of it. */
function sparePayloads(app: FastifyInstance): void {
  app.addHook("onSend", async ({ method }, _reply, payload) => {
    if (method !== "HEAD" || !(payload instanceof Readable)) return payload;
    payload.destroy();
    return Readable.from([]);
  });
}

/** The program does not start with a route that says nothing of who may call it. */
function requirePermissions(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.decorate("served", routes);
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
