import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";
import { openToAll } from "../http/openToAll.ts";

const built = fileURLToPath(new URL("../../../web/dist", import.meta.url));
const YEAR_SECONDS = 31_536_000;

/** The web app at /app/: files named by their content are kept for a year, every other path is the app's own. */
export async function mountWebApp(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    openToAll(scope);
    scope.get("/", { schema: { hide: true } }, async (_request, reply) => reply.redirect("/app/"));
    if (!existsSync(`${built}/index.html`)) {
      const missing = async () => {
        throw new AppError(
          "not_found",
          "The web app has not been built. Run `npm run build:web`, then try again.",
        );
      };
      for (const path of ["/app", "/app/*"]) scope.get(path, { schema: { hide: true } }, missing);
      return;
    }
    await scope.register(fastifyStatic, { root: built, serve: false, cacheControl: false });
    // A trailing slash makes no difference to routes, so this one is asked for /app/ as well.
    scope.get("/app", { schema: { hide: true } }, async (request, reply) =>
      request.url.startsWith("/app/")
        ? reply.header("Cache-Control", "no-cache").sendFile("index.html")
        : reply.redirect("/app/"),
    );
    scope.get("/app/*", { schema: { hide: true } }, async (request, reply) => {
      const path = (request.params as { "*": string })["*"];
      if (path.startsWith("assets/")) {
        reply.header("Cache-Control", `public, max-age=${YEAR_SECONDS}, immutable`);
        return reply.sendFile(path);
      }
      reply.header("Cache-Control", "no-cache");
      const isFile = /^[\w-]+\.(?:svg|png|ico|webmanifest|txt)$/.test(path) && existsSync(`${built}/${path}`);
      return reply.sendFile(isFile ? path : "index.html");
    });
  });
}
