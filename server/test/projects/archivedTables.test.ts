import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { archivedTables, omittedTables } from "../../src/archivedTables.ts";
import type { ArchivedColumn } from "../../src/platform/archive/declaration.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

interface Column {
  table_name: string;
  column_name: string;
  type: string;
  is_nullable: "YES" | "NO";
}

/** Where a row belongs is not in the file: the copy belongs elsewhere. */
const PLACE = ["project_id", "organization_id"];

describe("what a project's file holds", () => {
  const cleanup = suiteCleanup();
  let columns: Column[] = [];

  before(async () => {
    const { ownerUrl } = await createTestDatabase();
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    cleanup.after(() => client.end());
    const { rows } = await client.query<Column>(
      `SELECT c.table_name, c.column_name, c.is_nullable,
         format_type(a.atttypid, a.atttypmod) AS type
       FROM information_schema.columns c
       JOIN information_schema.tables t USING (table_schema, table_name)
       JOIN pg_attribute a ON a.attname = c.column_name
         AND a.attrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
       WHERE c.table_schema = 'magtrace' AND t.table_type = 'BASE TABLE'`,
    );
    columns = rows;
  });

  test("is decided for every table there is", () => {
    const declared = [...archivedTables, ...omittedTables].map(({ name }) => name).sort();
    const tables = [...new Set(columns.map(({ table_name }) => table_name))].sort();
    assert.deepEqual(declared, tables, "say in the domain's archive.ts what becomes of a new table");
    assert.ok(omittedTables.every(({ because }) => because.length > 10));
  });

  for (const table of archivedTables) {
    test(`is decided for every column of ${table.name}, with its type`, () => {
      const there = columns.filter(
        ({ table_name, column_name }) => table_name === table.name && !PLACE.includes(column_name),
      );
      assert.deepEqual(
        Object.keys(table.columns).sort(),
        there.map(({ column_name }) => column_name).sort(),
        "say in the domain's archive.ts what becomes of a new column",
      );
      for (const { column_name, type, is_nullable } of there) {
        const column = table.columns[column_name]!;
        if (column.role === "omitted") continue;
        assert.equal(sqlTypeOf(column), type, column_name);
        assert.equal(takesNull(column), is_nullable === "YES", `${column_name} may be null`);
      }
    });
  }

  test("comes in an order in which every row follows those it cannot be without", () => {
    const known = new Set<string>();
    for (const table of archivedTables) {
      known.add(table.name);
      for (const [name, column] of Object.entries(table.columns)) {
        if (column.role !== "reference" || column.bond === "loose") continue;
        assert.ok(known.has(column.to), `${table.name}.${name} refers to ${column.to}, which comes later`);
      }
    }
  });
});

function sqlTypeOf(column: Exclude<ArchivedColumn, { role: "omitted" }>): string {
  return column.sql === "timestamptz" ? "timestamp with time zone" : column.sql;
}

function takesNull(column: Exclude<ArchivedColumn, { role: "omitted" }>): boolean {
  const { anyOf = [] } = column.schema as { anyOf?: { type?: string }[] };
  return anyOf.some(({ type }) => type === "null");
}
