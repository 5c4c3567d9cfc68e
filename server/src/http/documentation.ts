import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { openToAll } from "./openToAll.ts";

/** /api/openapi.json, and the pages at /api/docs/ that show it. */
export async function addDocumentation(app: FastifyInstance, version: string): Promise<void> {
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
