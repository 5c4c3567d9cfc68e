import Type, { type Static } from "typebox";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";

const Check = Type.Union([Type.Literal("ok"), Type.Literal("failing")]);
const Health = Type.Object({
  status: Check,
  version: Type.String(),
  checks: Type.Record(Type.String(), Check),
});
type Health = Static<typeof Health>;

const PATIENCE_MS = 3_000;

export function healthRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/health/",
      permission: "public",
      limit: "none",
      summary: "Whether this process can serve: 503 and which dependency fails, if one does",
      schemas: { response: Health },
      handler: async ({ reply }) => {
        const health = await checkAll(deps);
        if (health.status !== "ok") reply.code(503);
        return health;
      },
    }),
    route({
      method: "GET",
      path: "/health/live/",
      permission: "public",
      limit: "none",
      summary: "Whether this process runs at all",
      schemas: { response: Type.Object({ status: Type.Literal("ok") }) },
      handler: async () => ({ status: "ok" as const }),
    }),
    route({
      method: "GET",
      path: "/api/",
      permission: "public",
      summary: "Where things are",
      schemas: {},
      handler: async () => ({
        name: "MagTrace",
        version: deps.config.version,
        documentation: "/api/docs/",
        openapi: "/api/openapi.json",
        app: "/app/",
      }),
    }),
  ];
}

async function checkAll(deps: Deps): Promise<Health> {
  const names = {
    database: () => deps.db.query("SELECT 1"),
    objects: () => deps.objects.exists("health/none"),
  };
  const entries = await Promise.all(
    Object.entries(names).map(
      async ([name, probe]) => [name, (await answers(probe)) ? "ok" : "failing"] as const,
    ),
  );
  const status = entries.every(([, state]) => state === "ok") ? "ok" : "failing";
  return { status, version: deps.config.version, checks: Object.fromEntries(entries) };
}

async function answers(probe: () => Promise<unknown>): Promise<boolean> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const refused = new Promise<never>((_, reject) => {
    late.addEventListener("abort", () => reject(late.reason), { once: true });
  });
  try {
    await Promise.race([probe(), refused]);
    return true;
  } catch {
    return false;
  }
}
