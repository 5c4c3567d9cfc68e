import Type, { type Static } from "typebox";
import { isInstallationAdmin } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";

const Answer = Type.Union([Type.Literal("ok"), Type.Literal("failing"), Type.Literal("stopping")]);
/**
 * Beside ok and failing, what is no reason to send requests elsewhere. late: the audit's entries wait for their position.
 * low, full: the disk is below its reserve, and what fills it, or every change, is refused. read_only: objects can be
 * read and not written.
 */
const Check = Type.Union([
  Type.Literal("ok"),
  Type.Literal("late"),
  Type.Literal("low"),
  Type.Literal("full"),
  Type.Literal("read_only"),
  Type.Literal("failing"),
]);
type State = Exclude<Static<typeof Check>, "failing">;
const Health = Type.Object({
  status: Answer,
  version: Type.String(),
  checks: Type.Record(Type.String(), Check),
});
type Health = Static<typeof Health>;

const Ready = Type.Object({
  status: Answer,
  checks: Type.Optional(Type.Record(Type.String(), Check)),
});

const PATIENCE_MS = 3_000;

export interface HealthDeps extends Pick<Deps, "config" | "db" | "disk" | "objects"> {
  readonly isAuditLate: () => Promise<boolean>;
  /** Aborted when others are to take over. */
  readonly draining: AbortSignal;
}

export function healthRoutes(deps: HealthDeps): Route[] {
  // Anybody may ask, and as often as they like: those who ask meanwhile share one look, which writes.
  let looking: Promise<Health> | undefined;
  const look = () => {
    looking ??= checkAll(deps).finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const standing = async (): Promise<Health> => {
    const health = await look();
    return deps.draining.aborted ? { ...health, status: "stopping" } : health;
  };
  return [
    route({
      method: "GET",
      path: "/health/",
      permission: "public",
      limit: "none",
      summary:
        "Whether this process can serve: 503 and which dependency fails, if one does; whether the audit is late, the disk full, or objects cannot be written",
      schemas: { response: Health },
      handler: async ({ reply }) => {
        const health = await standing();
        if (health.status !== "ok") reply.code(503);
        return health;
      },
    }),
    route({
      method: "GET",
      path: "/health/ready/",
      permission: "public",
      limit: "none",
      summary:
        "Whether requests should be sent here: 200 or 503, for load balancers. What fails is told to administrators of the installation alone",
      schemas: { response: Ready },
      handler: async ({ actor, reply }) => {
        const { status, checks } = await standing();
        if (status !== "ok") reply.code(503);
        return actor && isInstallationAdmin(actor) ? { status, checks } : { status };
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

async function checkAll({ config, db, disk, objects, isAuditLate }: HealthDeps): Promise<Health> {
  const probes: Record<string, () => Promise<State>> = {
    database: () => db.query("SELECT 1").then(() => "ok"),
    objects: () => stateOfObjects(objects),
    disk: async () => (await disk.look()).level,
    // Without a worker nothing is sequenced; the api can serve all the same, so this is no reason for 503.
    audit: async () => ((await isAuditLate()) ? "late" : "ok"),
  };
  const entries = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await stateOf(probe)] as const),
  );
  const status = entries.some(([, state]) => state === "failing") ? "failing" : "ok";
  return { status, version: config.version, checks: Object.fromEntries(entries) };
}

async function stateOfObjects(objects: Deps["objects"]): Promise<State> {
  await objects.exists("health/none");
  try {
    await objects.probeWriting?.();
    return "ok";
  } catch (error) {
    const code = error instanceof AppError ? error.code : "";
    if (code === "cannot_write") return "read_only";
    if (code === "insufficient_storage") return "full";
    throw error;
  }
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
