import { createHash } from "node:crypto";
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from "kysely";
import type { Statement } from "./batch.ts";

/** Compiles `sql` templates; never connects. */
const compiler = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export function compile(query: RawBuilder<unknown>): CompiledQuery<unknown> {
  return query.compile(compiler);
}

/**
 * Planning a small query under row-level security takes several times as long as running it. What comes back with the
 * same text is kept; what is built for many rows does not, and is not.
 */
const MOST_KEPT_PARAMETERS = 16;
const MOST_KEPT_TEXT = 10_000;
/** Of one process; each connection keeps as many plans at most. */
const MOST_NAMES = 1_000;
const names = new Map<string, string | undefined>();

/** What is planned. The answer of others, as of FETCH, is not of the same columns each time. */
const PLANNED = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|MERGE)\b/i;

/** A name from the second time on that a text is seen. */
function nameOf(text: string, parameters: number): string | undefined {
  if (parameters > MOST_KEPT_PARAMETERS || text.length > MOST_KEPT_TEXT) return undefined;
  const name = names.get(text);
  if (name !== undefined) return name;
  if (!PLANNED.test(text)) return undefined;
  const isSecond = names.has(text);
  if (!isSecond && names.size >= MOST_NAMES) return undefined;
  names.set(text, isSecond ? createHash("sha1").update(text).digest("base64url") : undefined);
  return names.get(text);
}

export function statementOf(query: RawBuilder<unknown>): Statement {
  const { sql: text, parameters } = compile(query);
  return { text, values: parameters, name: nameOf(text, parameters.length) };
}
