import { existsSync } from "node:fs";
import { accounts } from "./declared/accounts.ts";
import { labels } from "./declared/labels.ts";
import { learning } from "./declared/learning.ts";
import { organizations } from "./declared/organizations.ts";
import { projects } from "./declared/projects.ts";
import { system } from "./declared/system.ts";
import { body, type Declared, type Expectation, may } from "./expectation.ts";
import type { Tenant } from "./tenants.ts";

/** Which of the tenant's rows `{id}` is, by what stands before it. */
const rowOfCollection = {
  projects: "project",
  datasets: "dataset",
  uploads: "upload",
  "label-categories": "category",
  "reading-profiles": "profile",
  annotations: "annotation",
  labels: "annotation",
  history: "change",
  "user-models": "model",
  "training-sessions": "session",
  predictions: "prediction",
  suggestions: "suggestion",
  tokens: "token",
  organizations: "organization",
  members: "user",
  users: "user",
  sessions: "browser",
  invitations: "invitation",
} as const satisfies Record<string, keyof Tenant["ids"]>;

const webIsBuilt = existsSync(new URL("../../../web/dist/index.html", import.meta.url));

/**
 * Every route there is, with what it lets whom do. A new route goes into the file of its subject in declared/, with the
 * policy (a column of verdicts.ts) that it is meant to have; a call that needs a query or a body also says how to make
 * one of the first tenant's rows. Where the policy does not fit one asker, `but` says so. HEAD is as GET.
 */
const declared: Declared = {
  "GET /": may("served", undefined, { success: 302 }),
  "GET /app": may("served", undefined, { success: webIsBuilt ? 302 : 404 }),
  "GET /app/*": may("served", () => ({ params: { "*": "projects" } }), { success: webIsBuilt ? 200 : 404 }),
  "GET /health/": may("open"),
  "GET /health/live/": may("open"),
  "GET /health/ready/": may("open"),
  "POST /api/vitals/": may(
    "open",
    body(() => ({ page: "/projects", lcp_ms: 800, cls: 0.01 })),
  ),
  "GET /api/": may("open"),
  "GET /api/openapi.json": may("served"),
  "GET /api/docs": may("served"),
  "GET /api/docs/json": may("served"),
  "GET /api/docs/yaml": may("served"),
  "GET /api/docs/static/index.html": may("served", undefined, { success: 302 }),
  "GET /api/docs/static/swagger-initializer.js": may("served"),
  "GET /api/docs/static/*": may("served", () => ({ params: { "*": "swagger-ui.css" } })),

  ...accounts,
  ...organizations,
  ...projects,
  ...labels,
  ...learning,
  ...system,
};

/** By method and path: what is asked of it. */
export const expectations: ReadonlyMap<string, readonly Expectation[]> = new Map(
  Object.entries(declared).map(([name, asked]) => [name, [asked].flat()]),
);

/** Whose id a parameter of a path is, by the collection before it. */
export function rowOfParameter(path: string, parameter: string): keyof Tenant["ids"] | undefined {
  const collection = path.match(new RegExp(`([\\w-]+)/\\{${parameter}\\}`))?.[1];
  return rowOfCollection[collection as keyof typeof rowOfCollection];
}
