import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { OrganizationRole, ProjectRole } from "@magtrace/contracts";
import fc from "fast-check";
import { sql } from "kysely";
import pg from "pg";
import { createActor } from "../../src/access/actor.ts";
import { admitUser } from "../../src/accounts/tokens/admission.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { sqlState } from "../../src/platform/database/sqlState.ts";
import {
  type DatabaseAccess,
  inTransaction,
  noAccess,
  type Transaction,
} from "../../src/platform/database/transaction.ts";
import { seedProject, seedTenant } from "../support/seedTenant.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { takeBaseline } from "./baseline.ts";
import { escapes } from "./escapes.ts";
import { type Operation, operations, statementOf } from "./sqlOperations.ts";

const SEED = 20_261_125;
const RUNS = 300;
/** At most, until a hole is found: who is chosen and what they try is left to chance. */
const MOST_RUNS = 2_000;

/** Mistakes a migration could make, to see that they would be found. */
const HOLES = {
  "lets everybody of an organisation read": {
    make: `CREATE POLICY hole ON magtrace.annotations FOR SELECT TO magtrace_app
      USING (organization_id = ANY (access.organizations()))`,
    mend: "DROP POLICY hole ON magtrace.annotations",
  },
  "lets viewers write": {
    make: `CREATE POLICY hole ON magtrace.models FOR UPDATE TO magtrace_app
      USING (EXISTS (SELECT FROM access.memberships m WHERE m.project_id = models.project_id))`,
    mend: "DROP POLICY hole ON magtrace.models",
  },
};

interface Place {
  readonly project: number;
  readonly organization: number;
}

interface FuzzActor {
  readonly name: string;
  readonly database: DatabaseAccess;
  /** Where they are something, and what; of an organisation, its id. */
  readonly organization: number | null;
  readonly owns: boolean;
  readonly project: number | null;
  readonly role: ProjectRole | null;
}

/** Random statements of random people, as the role the program has: a model says what they may see and change. */
describe("row-level security under any statements whatever", () => {
  const cleanup = suiteCleanup();
  let database: TestDatabase;
  let owner: pg.Client;
  let pool: pg.Pool;
  const places: Place[] = [];
  const actors: FuzzActor[] = [
    { name: "nobody", database: noAccess, organization: null, owns: false, project: null, role: null },
  ];
  let tables: string[] = [];
  /** A row of every table and place, as JSON. */
  const rowsOf = new Map<string, string>();

  before(async () => {
    database = await createTestDatabase();
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    cleanup.after(() => owner.end());
    pool = createPool({ url: database.app, size: 2, name: "test" });
    cleanup.after(() => pool.end());
    const { rows } = await owner.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'magtrace' ORDER BY 1",
    );
    tables = rows.map(({ name }) => name);
    const accounts = createPool({ url: database.accounts, size: 1, name: "test" });
    cleanup.after(() => accounts.end());
    for (const name of ["one", "two", "three"]) await settle(name, accounts);
    for (const table of tables) {
      for (const [at, place] of places.entries()) {
        const key = table === "projects" ? "id" : "project_id";
        const found = await owner.query<{ row: string }>(
          `SELECT to_jsonb(t)::text AS row FROM magtrace.${table} t WHERE ${key} = $1 LIMIT 1`,
          [place.project],
        );
        assert.ok(found.rows[0], `seedProject leaves ${table} without a row`);
        rowsOf.set(`${table} ${at}`, found.rows[0].row);
      }
    }
  });

  /** An organisation with two projects and somebody of every role. */
  async function settle(name: string, accounts: pg.Pool): Promise<void> {
    const { organizationId: organization, userId, projectId } = await seedTenant(database.ownerUrl, name);
    const second = await seedProject(owner, { organizationId: organization, userId, name: `${name} 2` });
    places.push({ project: projectId, organization }, { project: second, organization });
    const people: [OrganizationRole, ProjectRole | null][] = [
      ["member", "viewer"],
      ["member", "collaborator"],
      ["member", "owner"],
      ["member", null],
      ["admin", null],
    ];
    for (const [organizationRole, role] of people) {
      const called = `${name} ${role ?? organizationRole}`;
      const { rows } = await owner.query<{ id: number }>(
        "INSERT INTO accounts.users (name, email, email_verified) VALUES ($1, $2, true) RETURNING id",
        [called, `${called.replace(" ", ".")}@example.com`],
      );
      const { id } = rows[0]!;
      await owner.query("INSERT INTO accounts.members (organization_id, user_id, role) VALUES ($1, $2, $3)", [
        organization,
        id,
        organizationRole,
      ]);
      if (role) {
        await owner.query(
          "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, $4)",
          [projectId, organization, id, role],
        );
      }
      const admitted = (await admitUser(accounts, id))!;
      const credential = { kind: "session", sessionId: 1 } as const;
      const { database } = createActor(admitted, { credential });
      actors.push({
        name: called,
        database,
        organization,
        owns: organizationRole !== "member",
        project: role && projectId,
        role,
      });
    }
  }

  const sees = (actor: FuzzActor, { project, organization }: Place) =>
    (actor.owns && actor.organization === organization) || actor.project === project;

  /** Whether any row of the table in that place may differ afterwards. */
  function mayChange(actor: FuzzActor, table: string, { project, organization }: Place): boolean {
    if (actor.owns && actor.organization === organization) return true;
    // Whoever is in a project may leave it.
    if (actor.project !== project) return false;
    return table === "project_members" || actor.role !== "viewer";
  }

  interface Counts {
    statements: number;
    refused: number;
  }

  async function runSequences(runs: number): Promise<Counts> {
    const baseline = await takeBaseline(cleanup, { ownerUrl: database.ownerUrl });
    const untouched = await digests();
    const counts = { statements: 0, refused: 0 };
    const sequence = fc.array(operations(tables, places.length), { minLength: 1, maxLength: 6 });
    const property = fc.asyncProperty(fc.nat(actors.length - 1), sequence, async (who, list) => {
      const actor = actors[who]!;
      await inTransaction(pool, actor.database, (tx) => attemptAll(tx, actor, { list, counts }));
      const changed = [...(await digests())]
        .filter(([key, digest]) => untouched.get(key) !== digest && !isAllowed(actor, key))
        .map(([key]) => key);
      const broken = await inconsistencies();
      const elsewhere = (await baseline.differences()).filter(
        (name) => !/^magtrace\.|^access\.project_counts$/.test(name),
      );
      await baseline.restore();
      const nothing = { changed: [], broken: [], elsewhere: [] };
      assert.deepEqual({ changed, broken, elsewhere }, nothing, actor.name);
    });
    await fc.assert(property, { seed: SEED, numRuns: runs, endOnFailure: true });
    return counts;
  }

  async function attemptAll(
    tx: Transaction,
    actor: FuzzActor,
    { list, counts }: { list: readonly Operation[]; counts: Counts },
  ): Promise<void> {
    for (const [at, operation] of list.entries()) {
      counts.statements++;
      const seen = await attempt(tx, operation);
      if (seen) checkSeen(actor, operation, { seen, isFirst: at === 0 });
      else counts.refused++;
    }
  }

  test("nobody sees or changes what the model does not say, in 300 sequences", async (t) => {
    const { statements, refused } = await runSequences(RUNS);
    t.diagnostic(
      `row-level security: ${RUNS} sequences, ${statements} statements, ${refused} refused outright`,
    );
    assert.ok(refused > 0 && refused < statements);
  });

  for (const [what, hole] of Object.entries(HOLES)) {
    test(`the sequences find a policy that ${what}`, async () => {
      await owner.query(hole.make);
      try {
        await assert.rejects(runSequences(MOST_RUNS));
      } finally {
        await owner.query(hole.mend);
      }
    });
  }

  /** The places whose rows a statement answered with; null if the database refused it. */
  async function attempt(tx: Transaction, operation: Operation): Promise<readonly number[] | null> {
    await tx.run(sql`SAVEPOINT operation`);
    try {
      const rows = await tx.rows<{ project: number | null }>(
        sql.raw(statementOf(operation, { places, rowOf: (table, at) => rowsOf.get(`${table} ${at}`)! })),
      );
      await tx.run(sql`RELEASE SAVEPOINT operation`);
      return rows.map(({ project }) => Number(project));
    } catch (error) {
      if (sqlState(error) === "") throw error;
      await tx.run(sql`ROLLBACK TO SAVEPOINT operation`);
      return null;
    }
  }

  function checkSeen(
    actor: FuzzActor,
    { kind, table }: Operation,
    { seen, isFirst }: { seen: readonly number[]; isFirst: boolean },
  ): void {
    const visible = places.filter((place) => sees(actor, place)).map(({ project }) => project);
    const isReading = kind === "select" || kind === "join";
    const touchable = isReading
      ? visible
      : places.filter((place) => mayChange(actor, table, place)).map(({ project }) => project);
    const known = seen.filter((project) => places.some((place) => place.project === project));
    const strange = known.filter((project) => !touchable.includes(project));
    assert.deepEqual(strange, [], `${actor.name} reached rows of ${table} by ${kind}`);
    if (kind === "select" && isFirst)
      assert.deepEqual([...seen].sort(byNumber), visible.sort(byNumber), table);
  }

  /** Of every table and place, and of what is in no place that was there before. */
  async function digests(): Promise<Map<string, string>> {
    const query = tables.map((table) => {
      const key = table === "projects" ? "id" : "project_id";
      return `SELECT '${table}' AS name, ${key} AS project, organization_id AS organization,
        md5(string_agg(t::text, '' ORDER BY t::text)) AS digest FROM magtrace.${table} t GROUP BY 2, 3`;
    });
    const { rows } = await owner.query<Place & { name: string; digest: string }>(query.join(" UNION ALL "));
    return new Map(rows.map((row) => [`${row.name} ${row.project} ${row.organization}`, row.digest]));
  }

  function isAllowed(actor: FuzzActor, key: string): boolean {
    const [table = "", project, organization] = key.split(" ");
    const place = { project: Number(project), organization: Number(organization) };
    const isNew = !places.some((known) => known.project === place.project);
    if (isNew) return table === "projects" && actor.organization === place.organization;
    return mayChange(actor, table, place);
  }

  async function inconsistencies(): Promise<string[]> {
    const query = tables.map((table) => {
      const key = table === "projects" ? "id" : "project_id";
      return `SELECT '${table}' AS name WHERE EXISTS (SELECT FROM magtrace.${table} t LEFT JOIN magtrace.projects p
        ON p.id = t.${key} AND p.organization_id = t.organization_id WHERE p.id IS NULL)`;
    });
    const { rows } = await owner.query<{ name: string }>(query.join(" UNION ALL "));
    return rows.map(({ name }) => name);
  }

  test("the function that answers a dataset answers those that may be read, with the asker's role", async () => {
    const { rows } = await owner.query<Place & { id: number }>(
      "SELECT id, project_id AS project, organization_id AS organization FROM magtrace.datasets",
    );
    let answered = 0;
    for (const actor of actors) {
      for (const dataset of rows) {
        const expected = sees(actor, dataset)
          ? { id: dataset.id, role: actor.owns ? "owner" : actor.role }
          : undefined;
        const found = await inTransaction(pool, actor.database, (tx) =>
          tx.row(sql`SELECT (f.dataset).id, f.role FROM magtrace.found_dataset(${dataset.id}) AS f`),
        );
        assert.deepEqual(found, expected, `${actor.name}, dataset ${dataset.id}`);
        if (found) answered++;
      }
    }
    assert.ok(answered > 0 && answered < actors.length * rows.length);
  });

  for (const [what, statement] of Object.entries(escapes)) {
    test(`the app role cannot ${what}`, async () => {
      const chief = actors.find(({ name }) => name === "one admin")!;
      await assert.rejects(
        inTransaction(pool, chief.database, async (tx) => {
          for (const one of statement.split("; ")) await tx.run(sql.raw(one));
        }),
        (error) => ["42501", "42704", "3F000", "0LP01"].includes(sqlState(error)),
      );
    });
  }
});

function byNumber(a: number, b: number): number {
  return a - b;
}
