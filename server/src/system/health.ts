import Type, { type Static } from "typebox";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";

const Answer = Type.Union([Type.Literal("ok"), Type.Literal("failing")]);
/** Late: the audit's entries wait for their position, and everything else goes on. */
const Check = Type.Union([Type.Literal("ok"), Type.Literal("late"), Type.Literal("failing")]);
const Health = Type.Object({
  status: Answer,
  version: Type.String(),
  checks: Type.Record(Type.String(), Check),
});
type Health = Static<typeof Health>;

const PATIENCE_MS = 3_000;

export interface HealthDeps extends Pick<Deps, "config" | "db" | "objects"> {
  readonly isAuditLate: () => Promise<boolean>;
}

export function healthRoutes(deps: HealthDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/health/",
      permission: "public",
      limit: "none",
      summary:
        "Whether this process can serve: 503 and which dependency fails, if one does; whether the audit is late",
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

async function checkAll({ config, db, objects, isAuditLate }: HealthDeps): Promise<Health> {
  const probes: Record<string, () => Promise<"ok" | "late">> = {
    database: () => db.query("SELECT 1").then(() => "ok"),
    objects: () => objects.exists("health/none").then(() => "ok"),
    // Without a worker nothing is sequenced; the api can serve all the same, so this is no reason for 503.
    audit: async () => ((await isAuditLate()) ? "late" : "ok"),
  };
  const entries = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await stateOf(probe)] as const),
  );
  const status = entries.some(([, state]) => state === "failing") ? "failing" : "ok";
  return { status, version: config.version, checks: Object.fromEntries(entries) };
}

async function stateOf<State>(probe: () => Promise<State>): Promise<State | "failing"> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const refused = new Promise<never>((_, reject) => {
    late.addEventListener("abort", () => reject(late.reason), { once: true });
  });
  try {
    return await Promise.race([probe(), refused]);
  } catch {
    return "failing";
  }
}
