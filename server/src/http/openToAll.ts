import type { FastifyInstance } from "fastify";

/** Marks every route of a scope as needing no credential. */
export function openToAll(scope: FastifyInstance): void {
  scope.addHook("onRoute", (route) => {
    route.config = { ...route.config, permission: "public" };
  });
}
