import { AppError } from "../errors.ts";

/**
 * How the database lies in a backup, before compression and encryption: text that psql can read, too. A line of JSON in
 * a comment, then for each table a COPY with its rows, then the sequences, then a line of JSON in a comment.
 */
export interface DumpHead {
  readonly format: 1;
  readonly startedAt: string;
  readonly version: string;
  /** Months of the audit, as its partitions have them, each by its first moment. */
  readonly auditMonths: readonly string[];
  readonly tables: readonly DumpTable[];
}

export interface DumpTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

export interface DumpSequence {
  readonly schema: string;
  readonly name: string;
  readonly lastValue: number;
  readonly isCalled: boolean;
}

export interface DumpEnd {
  /** By `schema.name`. */
  readonly tables: Readonly<Record<string, TableDigest>>;
  readonly sequences: readonly DumpSequence[];
}

/** Of the rows as COPY wrote them. */
export interface TableDigest {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

const HEAD = "-- magtrace backup ";
const END = "-- magtrace end ";
/** Ends the rows of a table. No row is this: a backslash in a value is written twice. */
const ROWS_END = Buffer.from("\\.\n");
const NEWLINE = 0x0a;
/** Longer than any line that is not a row. */
const MOST_LINE_BYTES = 64 * 1024 * 1024;

export function quoted({ schema, name }: { schema: string; name: string }): string {
  return `${quotedName(schema)}.${quotedName(name)}`;
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function columnList(columns: readonly string[]): string {
  return columns.map(quotedName).join(", ");
}

export function keyOf({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`;
}

export interface DumpParts {
  readonly head: DumpHead;
  /** The rows of one table, as COPY writes them. */
  readonly rows: (table: DumpTable) => AsyncIterable<Uint8Array>;
  /** Called once all rows are written. */
  readonly end: () => Promise<DumpEnd>;
}

export async function* writeDump({ head, rows, end }: DumpParts): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${HEAD}${JSON.stringify(head)}\n`);
  for (const table of head.tables) {
    yield Buffer.from(`COPY ${quoted(table)} (${columnList(table.columns)}) FROM stdin;\n`);
    yield* rows(table);
    yield ROWS_END;
  }
  const last = await end();
  for (const sequence of last.sequences) {
    const name = `'${quoted(sequence).replaceAll("'", "''")}'`;
    yield Buffer.from(`SELECT setval(${name}, ${sequence.lastValue}, ${sequence.isCalled});\n`);
  }
  yield Buffer.from(`${END}${JSON.stringify(last)}\n`);
}

export interface DumpVisitor {
  head(head: DumpHead): Promise<void>;
  /** Must take all rows. */
  table(table: DumpTable, rows: AsyncIterable<Uint8Array>): Promise<void>;
  end(end: DumpEnd): Promise<void>;
}

/** @throws AppError damaged_object where it is not such a text, or not all of it. */
export async function readDump(source: AsyncIterable<Uint8Array>, visitor: DumpVisitor): Promise<void> {
  const text = new DumpText(source);
  const head = parsed<DumpHead>(await text.line(), HEAD);
  await visitor.head(head);
  for (const table of head.tables) {
    const line = await text.line();
    if (!line?.startsWith(`COPY ${quoted(table)} (`)) throw damaged();
    await visitor.table(table, text.rows());
  }
  for (let line = await text.line(); ; line = await text.line()) {
    if (line === null) throw damaged();
    if (line.startsWith("SELECT setval(")) continue;
    await visitor.end(parsed<DumpEnd>(line, END));
    break;
  }
  if ((await text.line()) !== null) throw damaged();
}

function parsed<T>(line: string | null, begin: string): T {
  if (!line?.startsWith(begin)) throw damaged();
  return JSON.parse(line.slice(begin.length)) as T;
}

function damaged(): AppError {
  return new AppError(
    "damaged_object",
    "The database in this backup is damaged or not complete. Use another backup.",
  );
}

/** Lines and rows of a text that comes in pieces. */
class DumpText {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Null at the end. */
  async line(): Promise<string | null> {
    let from = 0;
    for (;;) {
      const at = this.#rest.indexOf(NEWLINE, from);
      if (at >= 0) {
        const line = this.#rest.toString("utf8", 0, at);
        this.#rest = this.#rest.subarray(at + 1);
        return line;
      }
      from = this.#rest.byteLength;
      if (from > MOST_LINE_BYTES) throw damaged();
      if (await this.#more()) continue;
      if (from > 0) throw damaged();
      return null;
    }
  }

  /** Whole rows, in pieces, up to the line that ends them, which is taken and not given. */
  async *rows(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const end = endOfRows(this.#rest);
      if (end >= 0) {
        const rows = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end + ROWS_END.byteLength);
        if (rows.byteLength > 0) yield rows;
        return;
      }
      // The last row may not be there to its end.
      const whole = this.#rest.lastIndexOf(NEWLINE) + 1;
      if (whole > 0) {
        const rows = this.#rest.subarray(0, whole);
        this.#rest = this.#rest.subarray(whole);
        yield rows;
      }
      if (!(await this.#more())) throw damaged();
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#rest =
      this.#rest.byteLength === 0 ? Buffer.from(next.value) : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}

/** Where the line that ends rows begins; -1 where it is not here. `text` begins with a line. */
function endOfRows(text: Buffer): number {
  if (text.subarray(0, ROWS_END.byteLength).equals(ROWS_END)) return 0;
  const at = text.indexOf("\n\\.\n");
  return at < 0 ? -1 : at + 1;
}
