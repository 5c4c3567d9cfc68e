import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

/** What runs with the owner's rights and the app role may call, and why that is safe. */
const LENT_TO_APP: Readonly<Record<string, string>> = {
  "access.me()": "tells what the transaction's own ticket says, and that only where it was signed here",
  "audit.begin_check(organization integer)":
    "adds a check, and only where the ticket lets its user read all of the audit",
  "audit.note_reading(read_action text, read_subject text, places jsonb)":
    "only adds, and only where the transaction may read",
  "magtrace.count_listed_projects(deleted boolean)": "counts what the ticket's user is something in",
  "magtrace.found_dataset(asked bigint)":
    "answers a dataset only where the ticket's user is something in its project",
  "magtrace.found_project(in_organization integer, project_name text, project_description text, project_settings jsonb, project_status text, project_import jsonb)":
    "makes a project where the ticket lets its user make one, and makes them its owner",
  "magtrace.listed_projects(deleted boolean, most bigint, skipped bigint)":
    "answers the rows of what the ticket's user is something in, and how many there are",
  "magtrace.make_label(in_dataset bigint, in_category bigint, first_row bigint, last_row bigint, sureness double precision, remarks text, in_batch uuid)":
    "makes a label where the ticket lets its user write rows of the project, as theirs",
  "magtrace.organization_storage(asked integer)":
    "tells what an organisation that the ticket's user is in has stored",
};

/** Views run with their owner's rights; these keep to what the transaction's ticket says. */
const VIEWS_FOR_APP = [
  "access.memberships",
  "access.writing_memberships",
  "magtrace.colleagues",
  "magtrace.people",
];

const OWN_SCHEMAS = "('magtrace', 'accounts', 'audit', 'access', 'objects', 'retention')";

/** What the database says of itself, so that a table or a function of tomorrow cannot be forgotten. */
describe("rights in the database", () => {
  const cleanup = suiteCleanup();
  let owner: pg.Client;

  before(async () => {
    const { ownerUrl } = await createTestDatabase();
    owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    cleanup.after(() => owner.end());
  });

  async function names(statement: string): Promise<string[]> {
    const { rows } = await owner.query<{ name: string }>(statement);
    return rows.map(({ name }) => name);
  }

  const FUNCTIONS = `pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL (SELECT format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))) AS f (name)
    WHERE n.nspname IN ${OWN_SCHEMAS}`;

  test("every table the app role can reach has row-level security, and every view is one of the declared", async () => {
    const reached = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
        AND (has_table_privilege('magtrace_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
          OR n.nspname = 'magtrace')`;
    const name = "SELECT format('%I.%I', n.nspname, c.relname) AS name";
    assert.deepEqual(
      await names(
        `${name} ${reached} AND c.relkind IN ('r', 'p', 'f', 'm') AND NOT c.relrowsecurity ORDER BY 1`,
      ),
      [],
    );
    assert.deepEqual(await names(`${name} ${reached} AND c.relkind = 'v' ORDER BY 1`), VIEWS_FOR_APP);
    assert.ok((await names(`${name} ${reached} AND c.relkind = 'r'`)).length >= 15);
  });

  test("every table of magtrace has a policy for each thing one can do, and all policies are the app role's", async () => {
    const uncovered = await names(
      `SELECT format('%I.%I lacks %s', n.nspname, c.relname, wanted) AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN unnest('{r,a,w,d}'::"char"[]) AS wanted
       WHERE n.nspname = 'magtrace' AND c.relkind = 'r'
         AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polcmd = wanted) ORDER BY 1`,
    );
    assert.deepEqual(uncovered, []);
    const unbounded = await names(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables t WHERE schemaname = 'magtrace'
         AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = t.schemaname AND p.tablename = t.tablename
           AND p.permissive = 'RESTRICTIVE' AND p.cmd = 'ALL' AND p.qual LIKE '%access.%') ORDER BY 1`,
    );
    assert.deepEqual(unbounded, [], "SELECT magtrace.guard_by_project(…) in the table's migration");
    const strange = await names(
      `SELECT format('%s on %s', policyname, tablename) AS name FROM pg_policies
       WHERE schemaname = 'magtrace'
         AND (roles <> '{magtrace_app}' OR (cmd = 'ALL') <> (permissive = 'RESTRICTIVE')
           OR coalesce(qual, with_check) NOT LIKE '%access.%')
         AND NOT (policyname = 'unexpired' AND permissive = 'RESTRICTIVE' AND cmd = 'ALL'
           AND roles = '{magtrace_app}' AND qual IS NOT DISTINCT FROM '(expired_at IS NULL)')
       ORDER BY 1`,
    );
    assert.deepEqual(strange, []);
  });

  test("nothing is granted to everybody but what is declared", async () => {
    const tables = await names(
      `SELECT format('%I.%I: %s', n.nspname, c.relname, acl.privilege_type) AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
       WHERE n.nspname IN ${OWN_SCHEMAS} AND acl.grantee = 0`,
    );
    const schemas = await names(
      `SELECT format('%I: %s', n.nspname, acl.privilege_type) AS name
       FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) AS acl
       WHERE acl.grantee = 0 AND (n.nspname IN ${OWN_SCHEMAS} OR acl.privilege_type = 'CREATE')`,
    );
    assert.deepEqual([...tables, ...schemas], []);
    const functions = await names(
      `SELECT f.name FROM ${FUNCTIONS} AND has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY 1`,
    );
    assert.deepEqual(functions, []);
  });

  test("functions with their owner's rights have a fixed search path, and the app role may call the declared ones", async () => {
    const loose = await names(
      `SELECT f.name FROM ${FUNCTIONS} AND p.prosecdef
         AND NOT coalesce(p.proconfig, '{}') && '{"search_path=pg_catalog, pg_temp"}' ORDER BY 1`,
    );
    assert.deepEqual(loose, [], "SET search_path = pg_catalog, pg_temp: unnamed, pg_temp comes first");
    const callable = await names(
      `SELECT f.name FROM ${FUNCTIONS} AND p.prosecdef AND has_function_privilege('magtrace_app', p.oid, 'EXECUTE') ORDER BY 1`,
    );
    assert.deepEqual(callable, Object.keys(LENT_TO_APP));
  });

  test("the app role makes nothing: no table, no function, no schema", async () => {
    const places = await names(
      "SELECT nspname AS name FROM pg_namespace WHERE has_schema_privilege('magtrace_app', oid, 'CREATE') AND nspname NOT LIKE 'pg_temp%'",
    );
    assert.deepEqual(places, []);
    const { rows } = await owner.query(
      "SELECT has_database_privilege('magtrace_app', current_database(), 'CREATE') AS may",
    );
    assert.equal(rows[0].may, false);
  });

  test("no statement of the program's runs, or waits for another, without an end", async () => {
    const endless = await names(
      `SELECT format('%s: %s', rolname, setting) AS name
       FROM pg_roles CROSS JOIN unnest('{statement_timeout,lock_timeout}'::text[]) AS setting
       WHERE rolname IN ('magtrace_app', 'magtrace_accounts', 'magtrace_queue')
         AND NOT EXISTS (SELECT FROM unnest(rolconfig) AS given WHERE given ~ ('^' || setting || '=[1-9]\\d*min$'))`,
    );
    assert.deepEqual(endless, []);
  });

  test("the app and the accounts role can become the queue's role and no other", async () => {
    for (const role of ["magtrace_app", "magtrace_accounts"]) {
      const roles = await names(
        `SELECT rolname AS name FROM pg_roles WHERE rolname <> '${role}' AND pg_has_role('${role}', oid, 'MEMBER')`,
      );
      assert.deepEqual(roles, ["magtrace_queue"], role);
    }
  });
});
