import pg from "pg";
import pgUtils from "pg/lib/utils.js";
import { keepsPlans } from "./pool.ts";

/** One statement of a batch, with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Under which the connection keeps its plan; none: planned anew each time. */
  readonly name?: string | undefined;
}

export interface StatementResult {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number;
}

/** What pg lets a query of one's own write (its `Submittable`, as pg-cursor uses it). */
interface Connection {
  readonly stream: { readonly writable: boolean; write(bytes: Buffer): unknown };
  parse(query: { name: string; text: string; types: number[] }): void;
  bind(config: { statement: string; values: readonly unknown[] }): void;
  describe(message: { type: "P"; name: string }): void;
  execute(config: Record<string, never>): void;
  close(message: { type: "S"; name: string }): void;
  sync(): void;
}

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

type Columns = readonly Column[];

interface Plans {
  /** Null where the connection may or may not have parsed the statement. */
  readonly byName: Map<string, Columns | null>;
  schema: number;
}

/** What a connection knows of the statements it keeps. */
const known = new WeakMap<Connection, Plans>();

/**
 * How many schemas this process has seen. A kept statement whose columns a migration has changed fails on every
 * connection that keeps it, until it is parsed anew there (PostgreSQL: "cached plan must not change result type").
 */
let schemas = 0;
export const STALE_PLAN = "0A000";

/**
 * Several statements in one round trip: all are sent at once, and the server answers all at once. The first that fails
 * fails the rest. Without BEGIN among them they are one transaction of their own (PostgreSQL's protocol, "Pipelining").
 * Of a statement with a name, text and columns are sent once a connection.
 */
export function runBatch(
  client: pg.ClientBase,
  statements: readonly Statement[],
): Promise<StatementResult[]> {
  // Here, so that a value that cannot be sent throws before anything was.
  const keeps = keepsPlans(client);
  const ready = statements.map(({ text, values = [], name }) => ({
    text,
    name: keeps ? name : undefined,
    values: values.map((value) => pgUtils.prepareValue(value)),
  }));
  return new Promise((resolve, reject) => {
    // A promise is the answer of a connection that has broken: see pool.ts.
    const answer: unknown = client.query(new Batch(ready, resolve, reject));
    if (answer instanceof Promise) answer.catch(reject);
  });
}

class Batch implements pg.Submittable {
  readonly #statements: readonly Statement[];
  readonly #resolve: (results: StatementResult[]) => void;
  readonly #reject: (error: Error) => void;
  readonly #results: StatementResult[] = [];
  #plans: Plans["byName"] | undefined;
  #columns: Columns = [];
  #rows: Record<string, unknown>[] = [];
  #failed = false;

  constructor(
    statements: readonly Statement[],
    resolve: (results: StatementResult[]) => void,
    reject: (error: Error) => void,
  ) {
    this.#statements = statements;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(given: unknown): undefined {
    const connection = given as Connection;
    const plans: Plans = known.get(connection) ?? { byName: new Map(), schema: schemas };
    known.set(connection, plans);
    this.#plans = plans.byName;
    if (plans.schema !== schemas) {
      for (const name of this.#plans.keys()) this.#plans.set(name, null);
      plans.schema = schemas;
    }
    const parts: Buffer[] = [];
    const stream = { writable: true, write: (bytes: Buffer) => parts.push(bytes) };
    const gathering: Connection = Object.create(connection, { stream: { value: stream } });
    for (const statement of this.#statements) this.#send(gathering, statement);
    gathering.sync();
    // One piece, not one for each message: a stream does its bookkeeping for each.
    if (connection.stream.writable) connection.stream.write(Buffer.concat(parts));
    this.#begin();
  }

  #send(connection: Connection, { text, values = [], name = "" }: Statement): void {
    const kept = name === "" ? undefined : this.#plans!.get(name);
    if (kept === null) connection.close({ type: "S", name });
    if (!kept) connection.parse({ name, text, types: [] });
    connection.bind({ statement: name, values });
    if (!kept) connection.describe({ type: "P", name: "" });
    connection.execute({});
    if (name !== "" && !kept) this.#plans!.set(name, null);
  }

  /** Awaits the next statement's answer. */
  #begin(): void {
    const { name } = this.#statements[this.#results.length] ?? {};
    this.#columns = (name && this.#plans?.get(name)) || [];
    this.#rows = [];
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({
      name,
      read: pg.types.getTypeParser(dataTypeID, "text"),
    }));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    for (let at = 0; at < fields.length; at++) {
      const { name, read } = this.#columns[at]!;
      const text = fields[at]!;
      row[name] = text === null ? null : read(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const { name } = this.#statements[this.#results.length]!;
    if (name) this.#plans!.set(name, this.#columns);
    this.#results.push({ rows: this.#rows, rowCount: Number(/\d+$/.exec(text)?.[0] ?? 0) });
    this.#begin();
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: "" });
  }

  handleError(error: Error & { readonly code?: string }): void {
    if (this.#failed) return;
    this.#failed = true;
    if (error.code === STALE_PLAN) schemas++;
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    if (!this.#failed) this.#resolve(this.#results);
  }

  handlePortalSuspended(): void {}
}
