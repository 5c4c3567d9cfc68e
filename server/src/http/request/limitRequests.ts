import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import { InFlight } from "../../platform/limits/inFlight.ts";
import type { RateKind } from "../../platform/limits/rateKinds.ts";
import type { Counted, RequestLimits } from "../../platform/limits/requestLimits.ts";
import type { Bounds } from "../connection/bounds.ts";
import { addressGroup, clientAddress } from "../connection/trustProxy.ts";
import { whenClosed } from "../reply/whenClosed.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What its handler does, once it has begun; never rejects. Work does not end because nobody waits for it. */
    work: Promise<unknown> | null;
  }
  interface FastifyContextConfig {
    /** What a request here counts as; null where it is not counted. */
    limit?: RateKind | null;
    /** A stream of events: it lasts, so it is counted apart from other requests under way. */
    streams?: boolean;
  }
}

export interface CallerLimits {
  /** Counts a request once it is known who asks; the route's own check. */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Counts a credential that was refused, and refuses in its stead where there were too many. */
  refusedCredential(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/**
 * Counts every request by the address it comes from, before anything is looked up for it. What the caller may is
 * counted by `check`, which routes call when they know who asks.
 */
export function limitRequests(
  app: FastifyInstance,
  limits: RequestLimits | null,
  bounds: Bounds,
): CallerLimits {
  const inFlight = new InFlight();
  app.decorateRequest("work", null);

  app.addHook("onRequest", async (request, reply) => {
    const address = addressGroup(clientAddress(request));
    if (!request.routeOptions.config?.streams) {
      enter(inFlight, { request, reply, key: `address ${address}`, most: bounds.requestsPerAddress });
    }
    const kind = kindOf(request);
    if (limits && kind) settle(reply, await limits.ofAddress(kind, address));
  });

  return {
    async check(request, reply) {
      const { actor } = request;
      const { streams, limit } = request.routeOptions.config;
      if (actor) {
        const [key, most] = streams
          ? [`streams of ${actor.userId}`, bounds.streamsPerUser]
          : [`user ${actor.userId}`, bounds.requestsPerUser];
        enter(inFlight, { request, reply, key, most });
      }
      if (!limits || !limit) return;
      const [role, key] = callerOf(actor, request);
      settle(reply, await limits.ofCaller(limit, role, key));
    },
    async refusedCredential(request, reply) {
      if (limits) settle(reply, await limits.ofBadCredential(addressGroup(clientAddress(request))));
    },
  };
}

function callerOf(actor: Actor | null, request: FastifyRequest) {
  if (actor) return [actor.access.user.role, String(actor.userId)] as const;
  return ["anonymous", addressGroup(clientAddress(request))] as const;
}

/**
 * Parts that are not declared routes: sign-in and its siblings; and addresses that do not exist. By the route that was
 * found, never by the address as it was sent: /%61pi/… and http://host/api/… lead to the same ones.
 */
function kindOf({ routeOptions: { config, url = "" }, is404, method }: FastifyRequest): RateKind | null {
  if (config?.limit !== undefined) return config.limit;
  if (url.startsWith("/api/auth/")) return method === "GET" ? "read" : "sign_in";
  return is404 || url.startsWith("/api/") ? "read" : null;
}

interface Entering {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly key: string;
  readonly most: number;
}

/**
 * It leaves by itself when the answer has gone, or the client, and the work is done.
 * @throws AppError too_many_requests where too many are under way; cancelled where nobody waits for an answer any more.
 */
function enter(inFlight: InFlight, { request, reply, key, most }: Entering): void {
  // While we looked up who asks. Nothing would tell us again that it is over.
  if (reply.raw.closed) throw new AppError("cancelled", "The client has gone.");
  if (!inFlight.enter(key, most)) {
    reply.header("Retry-After", "1");
    throw new AppError(
      "too_many_requests",
      `At most ${most} requests may be under way at once. Wait for some to end.`,
    );
  }
  whenClosed(request, reply, () => {
    void Promise.resolve(request.work).then(() => inFlight.leave(key));
  });
}

/** Tells the client where it stands, at the tightest of the limits, and refuses what is beyond one. */
function settle(reply: FastifyReply, counted: Counted | null): void {
  if (!counted) return;
  const sent = reply.getHeader("RateLimit-Remaining");
  if (sent === undefined || counted.remaining <= Number(sent)) {
    reply.header("RateLimit-Limit", counted.limit);
    reply.header("RateLimit-Remaining", counted.remaining);
    reply.header("RateLimit-Reset", Math.ceil(counted.resetMs / 1000));
  }
  if (counted.allowed) return;
  const seconds = Math.max(1, Math.ceil(counted.retryAfterMs / 1000));
  reply.header("Retry-After", seconds);
  throw new AppError("too_many_requests", `Too many requests. Try again in ${seconds} s.`, {
    details: { retry_after_seconds: seconds },
  });
}
