import type { FastifyReply, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import type { Actor } from "../access/actor.ts";
import type { Permission } from "../access/policy.ts";
import type { Statement } from "../platform/database/batch.ts";
import type { RateKind } from "../platform/limits/rateKinds.ts";

export interface RouteSchemas {
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** What a success carries; absent where it is bytes or nothing. */
  readonly response?: TSchema;
}

type StaticOr<S extends TSchema | undefined, Otherwise> = S extends TSchema ? Static<S> : Otherwise;

/** By its address. */
export interface Asked<S extends RouteSchemas> {
  readonly params: StaticOr<S["params"], Record<string, never>>;
  readonly query: StaticOr<S["query"], Record<string, never>>;
}

export interface RouteRequest<S extends RouteSchemas> extends Asked<S> {
  readonly body: StaticOr<S["body"], undefined>;
  readonly actor: Actor;
  readonly raw: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route of the interface: a declaration and a handler that calls one service. */
export interface RouteDefinition<S extends RouteSchemas> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  /** As in OpenAPI: /api/projects/{id}/ */
  readonly path: string;
  readonly permission: Permission;
  readonly summary: string;
  /** Status of a success: 200 by default, 201 for what creates, 204 for nothing. */
  readonly status?: 200 | 201 | 202 | 204;
  /** What comes back when it is not JSON. */
  readonly produces?: string;
  readonly schemas: S;
  /**
   * What its answer is made of, where that is one function of the database that goes by the asker's ticket: it is asked
   * in the round trip that finds out who asks. So it must only read, and is done in vain for a request that is refused.
   */
  ahead?(asked: Asked<S>): Statement;
  /** What a request counts as, where method and permission do not say. */
  readonly limit?: RateKind | "none";
  /** Whether it is refused while the disk is nearly full, where what it counts as does not say: see diskRoom.ts. */
  readonly needsRoom?: boolean;
  /** Largest body, bytes; 1 MiB by default. */
  readonly bodyLimit?: number;
  /** Largest body, bytes, where it is read as it comes: refused by its declared length, before any of it is sent. */
  readonly mostBytes?: number;
  readonly handler: (request: RouteRequest<S>) => Promise<StaticOr<S["response"], unknown>> | FastifyReply;
}

/** A route anyone may call; its handler is given no actor. */
export interface PublicRouteDefinition<S extends RouteSchemas>
  extends Omit<RouteDefinition<S>, "permission" | "handler"> {
  readonly permission: "public";
  readonly handler: (
    request: Omit<RouteRequest<S>, "actor"> & { actor: Actor | null },
  ) => Promise<StaticOr<S["response"], unknown>> | FastifyReply;
}

/** A definition whose schemas have been forgotten by the types: what the app registers. */
export interface Route extends Omit<RouteDefinition<RouteSchemas>, "permission" | "handler" | "ahead"> {
  readonly permission: Permission | "public";
  ahead?(asked: { readonly params: unknown; readonly query: unknown }): Statement;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

export function route<const S extends RouteSchemas>(
  definition: RouteDefinition<S> | PublicRouteDefinition<S>,
): Route {
  const handler = definition.handler as (request: unknown) => unknown;
  return {
    ...definition,
    handle: (request, reply) =>
      handler({
        params: request.params,
        query: request.query,
        body: request.body,
        actor: request.actor,
        raw: request,
        reply,
      }),
  };
}
