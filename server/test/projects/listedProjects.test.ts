import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Me, Project } from "@magtrace/contracts";
import pg from "pg";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

/** Olga owns North and is a member of one project of South; Mia is a member of South and of two of its projects. */
describe("the list of projects", () => {
  const cleanup = suiteCleanup();
  const people = new Map<string, { caller: ApiCaller; id: number; organization: number }>();
  const projects = new Map<string, number>();
  let database: pg.Client;
  let installation: TestInstallation;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
    for (const [name, organization, organizationRole] of [
      ["olga", "North", "owner"],
      ["sam", "South", "owner"],
      ["mia", "South", "member"],
    ] as const) {
      const caller = await installation.addUser({ name, organization, organizationRole });
      const { body } = await caller.call<Me>("GET", "/api/me/");
      people.set(name, { caller, id: body.id, organization: body.organizations[0]!.id });
    }
    for (const [founder, name] of [
      ["olga", "n1"],
      ["sam", "s1"],
      ["olga", "n2"],
      ["sam", "s2"],
      ["sam", "s3"],
    ] as const) {
      const made = await people.get(founder)!.caller.call<Project>("POST", "/api/projects/", { name });
      projects.set(name, made.body.id);
    }
    const { organization: south } = people.get("sam")!;
    await database.query(
      "INSERT INTO accounts.members (organization_id, user_id, role) VALUES ($1, $2, 'member')",
      [south, people.get("olga")!.id],
    );
    for (const [name, project, role] of [
      ["olga", "s2", "viewer"],
      ["mia", "s1", "collaborator"],
      ["mia", "s3", "owner"],
    ] as const)
      await database.query(
        "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, $4)",
        [projects.get(project), south, people.get(name)!.id, role],
      );
  });

  async function listed(name: string, query = ""): Promise<{ rows: string[][]; total: string | null }> {
    const { status, body, headers } = await people
      .get(name)!
      .caller.call<Project[]>("GET", `/api/projects/${query}`);
    assert.equal(status, 200);
    return { rows: body.map((row) => [row.name, row.role]), total: headers.get("x-total-count") };
  }

  test("has what one owns and what one is a member of elsewhere, in one order, with one's role in each", async () => {
    assert.deepEqual(await listed("olga"), {
      rows: [
        ["n1", "owner"],
        ["n2", "owner"],
        ["s2", "viewer"],
      ],
      total: "3",
    });
    assert.deepEqual((await listed("mia")).rows, [
      ["s1", "collaborator"],
      ["s3", "owner"],
    ]);
    assert.deepEqual(
      (await listed("sam")).rows.map(([name]) => name),
      ["s1", "s2", "s3"],
    );
  });

  test("says how many there are on every page, also on one beyond the last", async () => {
    assert.deepEqual(await listed("olga", "?limit=1&offset=1"), { rows: [["n2", "owner"]], total: "3" });
    assert.deepEqual(await listed("olga", "?limit=1&offset=2"), { rows: [["s2", "viewer"]], total: "3" });
    assert.deepEqual(await listed("olga", "?offset=3"), { rows: [], total: "3" });
    assert.deepEqual(await listed("olga", "?deleted=true"), { rows: [], total: "0" });
  });

  test("of an owner of one organisation has the same pages and totals", async () => {
    assert.deepEqual(await listed("sam", "?limit=2"), {
      rows: [
        ["s1", "owner"],
        ["s2", "owner"],
      ],
      total: "3",
    });
    assert.deepEqual(await listed("sam", "?limit=2&offset=2"), { rows: [["s3", "owner"]], total: "3" });
    assert.deepEqual(await listed("sam", "?offset=3"), { rows: [], total: "3" });
    assert.deepEqual(await listed("sam", "?deleted=true"), { rows: [], total: "0" });
  });

  test("is read while it is found out who asks, by any credential and after any change of it", async () => {
    const sam = people.get("sam")!.caller;
    const { body: made } = await sam.call<{ id: number; token: string }>("POST", "/api/tokens/", {
      name: "short",
      scopes: ["read"],
    });
    const token = installation.caller(made.token);
    const { body: short } = await token.call<{ token: string }>("POST", "/api/jwt/");
    for (const caller of [token, installation.caller(short.token)]) {
      // The first is put into the audit, with a transaction of its own.
      await caller.call("GET", "/api/projects/");
      const [{ now }] = (await database.query("SELECT clock_timestamp() AS now")).rows;
      const { body } = await caller.call<Project[]>("GET", "/api/projects/?limit=2");
      assert.deepEqual(
        body.map(({ name }) => name),
        ["s1", "s2"],
      );
      assert.equal(await listedApart(now), 0);
    }
    await sam.call("DELETE", `/api/tokens/${made.id}/`);
    for (const credential of [made.token, short.token]) {
      const { status } = await installation.caller(credential).call("GET", "/api/projects/");
      assert.equal(status, 401);
    }
  });

  test("is refused with a query it does not take, and without the scope to read", async () => {
    const { caller } = people.get("sam")!;
    for (const query of ["limit=0", "limit=x", "limit=1&limit=2", "deleted=perhaps"])
      assert.equal((await caller.call("GET", `/api/projects/?${query}`)).status, 400, query);
    const { body } = await caller.call<{ token: string }>("POST", "/api/tokens/", {
      name: "writes",
      scopes: ["write"],
    });
    const refused = await installation.caller(body.token).call("GET", "/api/projects/");
    assert.equal(refused.status, 403);
    assert.doesNotMatch(JSON.stringify(refused.body), /s1/);
  });

  test("lacks what one was removed from since the request before", async () => {
    const { id } = people.get("mia")!;
    const found = await database.query(
      "DELETE FROM magtrace.project_members WHERE user_id = $1 AND project_id = $2 RETURNING organization_id",
      [id, projects.get("s3")],
    );
    assert.deepEqual(await listed("mia"), { rows: [["s1", "collaborator"]], total: "1" });
    await database.query(
      "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, 'owner')",
      [projects.get("s3"), found.rows[0].organization_id, id],
    );
    assert.equal((await listed("mia")).total, "2");
  });

  /** Lists that were asked for in a round trip of their own, since then. */
  async function listedApart(since: Date): Promise<number> {
    const { rows } = await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'magtrace_app'
         AND query LIKE '%listed_projects%' AND query_start > $1`,
      [since],
    );
    return rows.length;
  }

  test("has a deleted one only where deleted ones are asked for", async () => {
    await people.get("sam")!.caller.call("DELETE", `/api/projects/${projects.get("s1")}/`);
    await people.get("olga")!.caller.call("DELETE", `/api/projects/${projects.get("n1")}/`);
    assert.deepEqual((await listed("olga")).rows, [
      ["n2", "owner"],
      ["s2", "viewer"],
    ]);
    assert.deepEqual(await listed("olga", "?deleted=true"), { rows: [["n1", "owner"]], total: "1" });
    assert.deepEqual(await listed("mia", "?deleted=true"), { rows: [["s1", "collaborator"]], total: "1" });
  });

  test("of a token for one project has that one alone", async () => {
    const { caller } = people.get("olga")!;
    const project = projects.get("s2");
    const { body } = await caller.call<{ token: string }>("POST", "/api/tokens/", {
      name: "one",
      scopes: ["read"],
      project,
    });
    people.set("olga's token", { ...people.get("olga")!, caller: installation.caller(body.token) });
    assert.deepEqual(await listed("olga's token"), { rows: [["s2", "viewer"]], total: "1" });
    assert.deepEqual(await listed("olga's token", "?offset=1"), { rows: [], total: "1" });
    assert.deepEqual(await listed("olga's token", "?deleted=true"), { rows: [], total: "0" });
  });

  test("reads as many pages of the database where its owner is a member of thousands of projects", async () => {
    const { id, organization } = people.get("olga")!;
    const few = await pagesRead(id);
    await database.query(
      `WITH made AS (INSERT INTO magtrace.projects (organization_id, name, created_by)
         SELECT $1, 'n', $2 FROM generate_series(1, 3000) RETURNING id)
       INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
       SELECT id, $1, $2, 'owner' FROM made`,
      [organization, id],
    );
    await database.query("VACUUM ANALYZE magtrace.projects, magtrace.project_members");
    const many = await pagesRead(id);
    assert.ok(many < few + 150, `${many} pages are read, and ${few} where there are few projects`);
  });

  async function pagesRead(user: number): Promise<number> {
    await database.query(
      "SELECT set_config('magtrace.ticket', (access.admit($1, '{read}', NULL)).ticket, false)",
      [user],
    );
    const explain =
      "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM magtrace.listed_projects(false, 20, 0)";
    // The first plans the function's statements, too.
    await database.query(explain);
    const [{ "QUERY PLAN": plans }] = (await database.query(explain)).rows;
    const [{ Plan: plan }] = plans;
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
  }
});
