import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyRequest, RouteOptions } from "fastify";
import type { DestinationStream } from "pino";
import type { Actor, RequestFacts } from "./access/actor.ts";
import { administrationRoutes } from "./accounts/administration/administrationRoutes.ts";
import { openAccounts } from "./accounts/openAccounts.ts";
import { accountRoutes } from "./accounts/routes.ts";
import { mountAuth } from "./accounts/signIn/authHandler.ts";
import type { SignInGuard } from "./accounts/signIn/signInGuard.ts";
import { authenticate, type CredentialHeaders } from "./accounts/tokens/authenticate.ts";
import { apiMakers } from "./apiMakers.ts";
import { auditRead } from "./audit/auditRead.ts";
import { CountingReadMemory } from "./audit/readMemory.ts";
import { auditRoutes } from "./audit/routes.ts";
import { auditLateness } from "./audit/sequencing.ts";
import type { Config } from "./config.ts";
import { ingestLimits } from "./datasets/ingestLimits.ts";
import { InspectThreads } from "./datasets/inspectThreads.ts";
import { datasetRoutes } from "./datasets/routes.ts";
import { SeriesCache } from "./datasets/seriesCache.ts";
import { UploadLocks } from "./datasets/uploads/uploadLocks.ts";
import { inspectThreadCount, warmInspection } from "./datasets/warmInspection.ts";
import { AppError } from "./errors.ts";
import { createApp } from "./http/app.ts";
import type { Bounds } from "./http/connection/bounds.ts";
import { requestFacts } from "./http/request/requestFacts.ts";
import type { Route } from "./http/route.ts";
import { labelRoutes } from "./labels/routes.ts";
import { createDefaultCategories, LabelEvents } from "./labels/service.ts";
import { modelRoutes } from "./models/routes.ts";
import { openInfections } from "./organizations/infections.ts";
import { invitationRoutes } from "./organizations/invitationRoutes.ts";
import { organizationRoutes } from "./organizations/routes.ts";
import { ByteThread } from "./platform/byteThread/byteThread.ts";
import { makeHere } from "./platform/byteThread/makeHere.ts";
import type { Statement } from "./platform/database/batch.ts";
import { startEventSource } from "./platform/events/events.ts";
import { createLimiters } from "./platform/limits/createLimiters.ts";
import { openRedis } from "./platform/limits/redisLink.ts";
import { createRequestLimits } from "./platform/limits/requestLimits.ts";
import { securityLogOf } from "./platform/logs/securityLog.ts";
import type { ObjectStore } from "./platform/objects/types.ts";
import { openPlatform } from "./platform/openPlatform.ts";
import { predictionRoutes } from "./predictions/routes.ts";
import { archiveRoutes } from "./projects/archive/routes.ts";
import { eventRoutes } from "./projects/eventRoutes.ts";
import { projectMemberRoutes } from "./projects/memberRoutes.ts";
import { projectRoutes } from "./projects/routes.ts";
import { retentionRoutes } from "./retention/routes.ts";
import { healthRoutes } from "./system/health.ts";
import { installationMetrics } from "./system/installationMetrics.ts";
import { jobRoutes } from "./system/jobs/jobRoutes.ts";
import { vitalsRoutes } from "./system/vitals.ts";
import { mountWebApp } from "./system/webApp.ts";
import { trainingRoutes } from "./training/routes.ts";
import { warmReading } from "./warmReading.ts";

export interface Api {
  /** http://127.0.0.1:8000 */
  readonly address: string;
  /** Everything it answers to: the interface, sign-in, documentation, pages. */
  readonly routes: readonly RouteOptions[];
  /** Goes on as before for DRAIN_SECONDS, while it says that it is stopping, so that a load balancer notices. */
  drain(): Promise<void>;
  /** Answers what it has taken on, then ends. */
  stop(): Promise<void>;
}

export interface ApiOptions {
  /** Hold every answer to its schema; in tests. */
  readonly checkResponses?: boolean;
  /** Do soon what the first of many users would otherwise wait for. */
  readonly warm?: boolean;
  /** Where log lines go; standard output by default. */
  readonly logTo?: DestinationStream;
  /** Smaller ones than usual, so that a test reaches them soon. */
  readonly bounds?: Partial<Bounds>;
  /** Beside all others. Only tests give any: routes that are meant to be broken, to see that an attack finds it. */
  readonly extraRoutes?: readonly Route[];
  /** Instead of the folder. Only tests give one. */
  readonly store?: ObjectStore;
  /** Instead of the one that slows guessing down. Only tests give one, for attacks that must get past it. */
  readonly signInGuard?: SignInGuard;
}

/** What was taken just before may still be on its way. */
const SETTLE_MS = 500;

/** One api process. It never parses a file, trains or predicts. */
export async function startApi(
  config: Config,
  {
    checkResponses = false,
    bounds = {},
    extraRoutes = [],
    signInGuard,
    logTo,
    store,
    warm = false,
  }: ApiOptions = {},
): Promise<Api> {
  const draining = new AbortController();
  const stopping = new AbortController();
  const inspectThreads = new InspectThreads({ threads: inspectThreadCount() });
  const warming = warm ? warmInspection(inspectThreads, ingestLimits(config)) : null;
  const platform = await openPlatform(config, "api", {
    logTo,
    store,
    announcesKeys: true,
    servesMetrics: true,
  });
  const { log } = platform.deps;
  await platform.deps.queue.start();
  const events = await startEventSource(config.DATABASE_DIRECT_URL || platform.urls.queue, log);
  const redis = config.REDIS_URL === "" ? null : await openRedis(config.REDIS_URL, log);
  const limiters = createLimiters(redis);
  const series = new SeriesCache(platform.deps.objects);
  const byteThread = store
    ? makeHere(apiMakers(platform, series))
    : new ByteThread(new URL("./apiThread.ts", import.meta.url), { workerData: config });
  const labelEvents = new LabelEvents(platform.deps);
  let origin = config.PUBLIC_URL || `http://${config.HOST}:${config.PORT}`;

  const readMemory = new CountingReadMemory({
    accountsPool: platform.accountsPool,
    log,
    windowMs: 1000 * config.AUDIT_READ_WINDOW_SECONDS,
  });
  const accounts = openAccounts({ config, platform, limiters, publicOrigin: () => origin, signInGuard });
  const whoAsks = (request: FastifyRequest, ahead: Statement | null = null): Promise<Actor | null> =>
    authenticate(accounts, credentialsOf(request), {
      request: withMemory(requestFacts(request), readMemory),
      ahead,
    });
  const deps = {
    ...platform.deps,
    infections: openInfections(platform),
    events,
    limiters,
    series,
    byteThread,
    inspectThreads,
    labelEvents,
    uploadLocks: new UploadLocks(),
    authenticate: whoAsks,
    draining: draining.signal,
    stopping: stopping.signal,
  };

  installationMetrics(platform.deps.metrics.registry, {
    config,
    accountsPool: platform.accountsPool,
    events,
    log,
  });

  const app = await createApp({
    log,
    metrics: platform.deps.metrics.registry,
    version: config.version,
    authenticate: whoAsks,
    auditRead: (actor) => auditRead(platform.accountsPool, actor),
    publicOrigin: () => origin,
    csrfSecret: accounts.secret,
    overHttps: origin.startsWith("https:"),
    securityLog: securityLogOf(config),
    draining: draining.signal,
    stopping: stopping.signal,
    checkResponses,
    bounds,
    limits: createRequestLimits(limiters, {
      sign_in: config.RATE_LIMIT_SIGN_IN,
      read: config.RATE_LIMIT_READ,
      write: config.RATE_LIMIT_WRITE,
      upload: config.RATE_LIMIT_UPLOAD,
      training: config.RATE_LIMIT_TRAINING,
    }),
    trustProxy: config.TRUST_PROXY,
    disk: platform.deps.disk,
    routes: [
      ...healthRoutes({
        ...deps,
        isAuditLate: async () => (await auditLateness(platform.accountsPool)) !== null,
      }),
      ...vitalsRoutes(platform.deps.metrics.registry),
      ...accountRoutes(accounts),
      ...administrationRoutes(accounts),
      ...organizationRoutes(accounts),
      ...invitationRoutes({ ...accounts, mail: platform.deps.mail }),
      ...retentionRoutes(accounts),
      ...jobRoutes({ ...platform.deps, accountsPool: platform.accountsPool }),
      ...projectRoutes({ ...deps, fillProject: createDefaultCategories }),
      ...projectMemberRoutes(deps),
      ...archiveRoutes(deps),
      ...datasetRoutes(deps),
      ...labelRoutes(deps),
      ...modelRoutes(deps),
      ...trainingRoutes(deps),
      ...predictionRoutes(deps),
      ...auditRoutes({ ...deps, accountsPool: platform.accountsPool, auditSecret: platform.auditSecret }),
      ...eventRoutes(deps),
      ...extraRoutes,
    ],
    mount: async (scope) => {
      await mountAuth(scope, accounts, { checkResponses });
      await mountWebApp(scope);
    },
  });
  const cold = warm ? await warmReading(platform) : null;
  if (cold !== null) log.warn({ err: cold }, "the reading of windows was not warmed");
  await listen(app, config);
  const { port } = app.server.address() as AddressInfo;
  if (!config.PUBLIC_URL) origin = `http://${config.HOST}:${port}`;
  log.info({ port }, "api listens");
  void warming?.then((error) => {
    if (error === null || stopping.signal.aborted) return;
    log.warn({ err: error }, "the thread that inspects files was not warmed");
  });
  return {
    address: `http://${config.HOST}:${port}`,
    routes: app.served,
    async drain() {
      if (config.DRAIN_SECONDS === 0) return;
      log.info({ seconds: config.DRAIN_SECONDS }, "api drains");
      draining.abort();
      await delay(1000 * config.DRAIN_SECONDS);
      await stopListening(app.server);
    },
    async stop() {
      stopping.abort();
      await app.close();
      await readMemory.stop();
      await labelEvents.stop();
      await byteThread.close();
      await inspectThreads.close();
      await events.stop();
      await series.close();
      await redis?.close();
      await platform.close();
      log.info("api stopped");
    },
  };
}

/** Whoever comes from here on is refused a connection, and goes elsewhere; what was taken is answered as before. */
async function stopListening(server: Server): Promise<void> {
  // Right after a turn in which all that waited were taken.
  await new Promise((resolve) => setImmediate(resolve));
  server.close();
  await delay(SETTLE_MS);
}

function withMemory(facts: RequestFacts, memory: CountingReadMemory): RequestFacts {
  return { ...facts, reading: facts.reading && { ...facts.reading, memory } };
}

/** The two headers that say who asks. */
function credentialsOf({ headers }: FastifyRequest): CredentialHeaders {
  return { get: (name) => headers[name] ?? null };
}

async function listen(app: Awaited<ReturnType<typeof createApp>>, { HOST, PORT }: Config): Promise<void> {
  try {
    await app.listen({ host: HOST, port: PORT });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    throw new AppError("port_in_use", `Port ${PORT} is already in use. Choose another with --port or PORT.`, {
      cause,
    });
  }
}
