import type { TestContext } from "node:test";
import type { ProjectRole, Track } from "@magtrace/contracts";
import type { FastifyInstance } from "fastify";
import pg from "pg";
import { type Actor, createActor } from "../../src/access/actor.ts";
import type { ProjectRef } from "../../src/access/policy.ts";
import { admitUser } from "../../src/accounts/tokens/admission.ts";
import { createApp } from "../../src/http/app.ts";
import { LabelEvents } from "../../src/labels/annotations/labelEvents.ts";
import { createDefaultCategories } from "../../src/labels/categories/defaultCategories.ts";
import { labelRoutes } from "../../src/labels/routes.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { inTransaction, type Transaction } from "../../src/platform/database/transaction.ts";
import type { Deps } from "../../src/platform/deps.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { projectRoutes } from "../../src/projects/routes.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

/** The label routes on a real database; who asks is named by a header instead of a credential. */
export interface LabelStage {
  readonly database: TestDatabase;
  readonly deps: Deps;
  /** Statements of the database's owner, past all row-level security. */
  readonly owner: pg.Client;
  addTeam(name: string): Promise<Team>;
  addMember(team: Team, name: string, role: ProjectRole): Promise<Caller>;
  /** A processed dataset, 46 rows in one track unless told otherwise. */
  addDataset(
    team: Team,
    options?: { totalRecords?: number; tracks?: Track[]; status?: string; name?: string },
  ): Promise<number>;
  /** Work as a service does it, with the rights of a user. */
  as<T>(userId: number, work: (tx: Transaction, actor: Actor) => Promise<T>): Promise<T>;
  caller(userId: number): Caller;
}

export interface Team extends ProjectRef {
  readonly founder: Caller;
  /** The five defaults, by name. */
  readonly categories: Readonly<Record<string, number>>;
}

export interface Caller {
  readonly userId: number;
  get<T = Json>(path: string): Promise<Answer<T>>;
  post<T = Json>(path: string, body?: unknown): Promise<Answer<T>>;
  put<T = Json>(path: string, body: unknown): Promise<Answer<T>>;
  patch<T = Json>(path: string, body: unknown): Promise<Answer<T>>;
  delete<T = Json>(path: string): Promise<Answer<T>>;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  /** X-Total-Count; NaN where there is none. */
  readonly total: number;
  readonly body: T;
  readonly text: string;
}

/** What a refusal or a row carries, as far as tests look at it. */
export type Json = {
  id: number;
  error: string;
  code: string;
  details: { findings: { line: number | null; column: string | null }[]; total_findings: number } & Record<
    string,
    unknown
  >;
} & Record<string, unknown>;

export async function setLabelStage(t: Pick<TestContext, "after">): Promise<LabelStage> {
  const database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const pool = createPool({ url: database.app, size: 4, name: "test" });
  const accounts = createPool({ url: database.accounts, size: 2, name: "test accounts" });
  // Labels need neither objects nor jobs nor configuration.
  const deps = { db: pool, log: silentLog() } as unknown as Deps;
  // What one test does is not told together with what the next does.
  const labelEvents = new LabelEvents(deps, { windowMs: 0 });
  const actorOf = async (userId: number): Promise<Actor | null> => {
    const admitted = await admitUser(accounts, userId);
    return admitted && createActor(admitted, { credential: { kind: "token", tokenId: 1 } });
  };
  const app = await createApp({
    log: silentLog(),
    version: "0.0.0",
    csrfSecret: new Uint8Array(32),
    authenticate: async ({ headers }) => {
      const userId = Number(headers["x-user"]);
      return userId > 0 ? actorOf(userId) : null;
    },
    publicOrigin: () => "http://localhost",
    checkResponses: true,
    routes: [
      ...projectRoutes({ ...deps, fillProject: createDefaultCategories }),
      ...labelRoutes({ ...deps, labelEvents }),
    ],
  });
  t.after(async () => {
    await app.close();
    await labelEvents.stop();
    await pool.end();
    await accounts.end();
    await owner.end();
  });
  const insert = async (statement: string, values: unknown[]): Promise<number> => {
    const { rows } = await owner.query(`${statement} RETURNING id`, values);
    return Number(rows[0].id);
  };
  const addUser = async (name: string, organizationId: number): Promise<number> => {
    const user =
      "INSERT INTO accounts.users (name, email, email_verified) VALUES ($1, lower($1) || '@x.org', true)";
    const userId = await insert(user, [name]);
    const member = "INSERT INTO accounts.members (organization_id, user_id, role) VALUES ($1, $2, 'member')";
    await owner.query(member, [organizationId, userId]);
    return userId;
  };
  const addToProject = ({ projectId, organizationId }: ProjectRef, userId: number, role: ProjectRole) =>
    owner.query(
      "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, $4)",
      [projectId, organizationId, userId, role],
    );
  const stage: LabelStage = {
    database,
    deps,
    owner,
    async addTeam(name) {
      const organizationId = await insert("INSERT INTO accounts.organizations (name, slug) VALUES ($1, $1)", [
        name,
      ]);
      const userId = await addUser(`${name}Founder`, organizationId);
      const projectId = await insert(
        "INSERT INTO magtrace.projects (organization_id, name, created_by) VALUES ($1, $2, $3)",
        [organizationId, name, userId],
      );
      const projectRef = { projectId, organizationId };
      await addToProject(projectRef, userId, "owner");
      await stage.as(userId, (tx) => createDefaultCategories(tx, projectRef));
      const { rows } = await owner.query(
        "SELECT name, id::integer FROM magtrace.label_categories WHERE project_id = $1",
        [projectId],
      );
      const categories = Object.fromEntries(rows.map((row) => [row.name, row.id]));
      return { ...projectRef, founder: callerOf(app, userId), categories };
    },
    async addMember(team, name, role) {
      const userId = await addUser(name, team.organizationId);
      await addToProject(team, userId, role);
      return callerOf(app, userId);
    },
    addDataset(team, options = {}) {
      const { totalRecords = 46, status = "completed", name = "survey.csv" } = options;
      const tracks = options.tracks ?? [{ sensor_id: null, start_index: 0, end_index: totalRecords - 1 }];
      return insert(
        `INSERT INTO magtrace.datasets (project_id, organization_id, name, original_name, status, total_records, tracks)
         VALUES ($1, $2, $3, $3, $4, $5, $6)`,
        [team.projectId, team.organizationId, name, status, totalRecords, JSON.stringify(tracks)],
      );
    },
    async as(userId, work) {
      const actor = (await actorOf(userId))!;
      return inTransaction(pool, actor.database, (tx) => work(tx, actor));
    },
    caller: (userId) => callerOf(app, userId),
  };
  return stage;
}

function callerOf(app: FastifyInstance, userId: number): Caller {
  async function call<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    url: string,
    payload?: unknown,
  ): Promise<Answer<T>> {
    const response = await app.inject({
      method,
      url,
      headers: { "x-user": String(userId) },
      ...(payload === undefined ? {} : { payload: payload as object }),
    });
    const isJson = String(response.headers["content-type"]).includes("json") && response.body !== "";
    return {
      status: response.statusCode,
      headers: response.headers,
      total: Number(response.headers["x-total-count"]),
      body: (isJson ? JSON.parse(response.body) : response.body) as T,
      text: response.body,
    };
  }
  return {
    userId,
    get: (path) => call("GET", path),
    post: (path, body) => call("POST", path, body),
    put: (path, body) => call("PUT", path, body),
    patch: (path, body) => call("PATCH", path, body),
    delete: (path) => call("DELETE", path),
  };
}
