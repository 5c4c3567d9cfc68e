import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { REQUEST_SECONDS } from "../../platform/metrics/buckets.ts";
import { whenClosed } from "./whenClosed.ts";

/** Of requests whose client went before the whole answer was sent. */
const ABORTED = "aborted";
/** What matches no route, whatever was asked for. */
const UNKNOWN = { method: "any", route: "unknown" };

interface MeasuredRoute {
  ended(status: string, seconds: number | null): void;
}

/**
 * Counts and measures every request by its route's template: there are as many series as routes, whatever is asked for.
 * How long streams of events last is not measured: it says nothing of the server.
 */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const routeOf = measuredRoutes(registry);
  const underWay = { request: 0, stream: 0 };
  new Gauge({
    name: "magtrace_http_requests_in_flight",
    help: "Requests under way, and streams of events that are open.",
    labelNames: ["kind"] as const,
    registers: [registry],
    collect() {
      for (const [kind, count] of Object.entries(underWay)) this.set({ kind }, count);
    },
  });
  const refusals = new Counter({
    name: "magtrace_http_refusals_total",
    help: "Requests that were refused or failed, by the code in their answer.",
    labelNames: ["code"] as const,
    registers: [registry],
  });
  // What is not there before it first happens cannot be seen to grow.
  for (const code of ["wrong_credentials", "locked_out", "too_many_requests"]) refusals.inc({ code }, 0);

  app.addHook("onRequest", (request, reply, done) => {
    const { config } = request.routeOptions;
    const kind = config?.streams ? "stream" : "request";
    const route = routeOf(request, (config as { url?: string } | undefined)?.url);
    underWay[kind]++;
    // It comes once for every request, also where fastify's own hooks do not: when the client has gone.
    whenClosed(request, reply, () => {
      underWay[kind]--;
      route.ended(statusOf(reply), kind === "stream" ? null : reply.elapsedTime / 1000);
      if (request.refusal !== null) refusals.inc({ code: request.refusal });
    });
    done();
  });
}

/** The children of both metrics for one route and method, made when the first of its requests comes. */
function measuredRoutes(registry: Registry) {
  const requests = new Counter({
    name: "magtrace_http_requests_total",
    help: "Requests by method, template of the route and class of the answer's status.",
    labelNames: ["method", "route", "status"] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "magtrace_http_request_seconds",
    help: "From the headers of a request to the end of its answer, without streams of events.",
    labelNames: ["method", "route"] as const,
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });

  function make(labels: { method: string; route: string }): MeasuredRoute {
    const histogram = seconds.labels(labels);
    const byStatus = new Map<string, Counter.Internal>();
    return {
      ended(status, took) {
        (
          byStatus.get(status) ??
          byStatus.getOrInsertComputed(status, () => requests.labels({ ...labels, status }))
        ).inc();
        if (took !== null) histogram.observe(took);
      },
    };
  }

  const unknown = make(UNKNOWN);
  const byUrl = new Map<string, Map<string, MeasuredRoute>>();
  return ({ method }: FastifyRequest, url: string | undefined): MeasuredRoute => {
    if (url === undefined) return unknown;
    // Nearly always it is there, and then nothing is made.
    return (
      byUrl.get(url)?.get(method) ??
      byUrl
        .getOrInsertComputed(url, () => new Map<string, MeasuredRoute>())
        .getOrInsertComputed(method, () => make({ method, route: url }))
    );
  };
}

const CLASSES = ["", "1xx", "2xx", "3xx", "4xx", "5xx"];

function statusOf({ raw }: FastifyReply): string {
  return raw.writableFinished ? (CLASSES[Math.floor(raw.statusCode / 100)] ?? "5xx") : ABORTED;
}
