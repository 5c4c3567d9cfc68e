import fc from "fast-check";

/** Something that a statement could try with a table. Places are named by their number. */
export interface Operation {
  readonly kind: "select" | "touch" | "move" | "delete" | "insert" | "upsert" | "join" | "label";
  readonly table: string;
  readonly at: number;
  readonly to: number;
  /** Whether a moved row also says it is of the other organisation. */
  readonly whole: boolean;
}

export function operations(tables: readonly string[], places: number): fc.Arbitrary<Operation> {
  return fc.record({
    kind: fc.constantFrom("select", "touch", "move", "delete", "insert", "upsert", "join", "label"),
    table: fc.constantFrom(...tables),
    at: fc.nat(places - 1),
    to: fc.nat(places - 1),
    whole: fc.boolean(),
  });
}

interface Ground {
  readonly places: readonly { readonly project: number; readonly organization: number }[];
  /** A row of a table in a place, as JSON. */
  readonly rowOf: (table: string, at: number) => string;
}

/** Its statement; it answers with `project`, once for each place a row was seen of. */
export function statementOf({ kind, table, at, to, whole }: Operation, { places, rowOf }: Ground): string {
  const key = table === "projects" ? "id" : "project_id";
  const from = places[at]!;
  const target = places[to]!;
  const name = `magtrace.${table}`;
  const seen = (changed: string) => `WITH seen AS (${changed}) SELECT DISTINCT project FROM seen`;
  const placed = whole
    ? `${key} = ${target.project}, organization_id = ${target.organization}`
    : `${key} = ${target.project}`;
  switch (kind) {
    case "select":
      return `SELECT DISTINCT ${key} AS project FROM ${name}`;
    case "touch":
      return seen(
        `UPDATE ${name} SET organization_id = organization_id WHERE ${key} = ${from.project} RETURNING ${key} AS project`,
      );
    case "move":
      return seen(`UPDATE ${name} SET ${placed} WHERE ${key} = ${from.project} RETURNING ${key} AS project`);
    case "delete":
      return seen(`DELETE FROM ${name} WHERE ${key} = ${from.project} RETURNING ${key} AS project`);
    case "label": {
      // By the function that goes past row-level security and asks for itself; of a foreign category, too.
      const idOf = (rows: string, place: number) => JSON.parse(rowOf(rows, place)).id;
      return `SELECT project_id AS project FROM magtrace.make_label(${idOf("datasets", at)},
        ${idOf("label_categories", whole ? at : to)}, 0, 0, 1, '', gen_random_uuid())`;
    }
    case "join":
      return `SELECT DISTINCT a.${key} AS project FROM ${name} a
        LEFT JOIN magtrace.colleagues c ON c.organization_id <> a.organization_id
        LEFT JOIN magtrace.people p ON p.id = c.id JOIN magtrace.projects b ON b.id = a.${key}`;
    default:
      return inserted({
        kind,
        table,
        key,
        placed: whole ? target : { ...from, project: target.project },
        row: rowOf(table, at),
      });
  }
}

interface Insertion {
  readonly kind: string;
  readonly table: string;
  readonly key: string;
  readonly placed: { readonly project: number; readonly organization: number };
  readonly row: string;
}

/** Somebody's row once more, said to be of another place. */
function inserted({ kind, table, key, placed, row }: Insertion): string {
  const parsed = JSON.parse(row) as Record<string, unknown>;
  parsed[key] = placed.project;
  parsed.organization_id = placed.organization;
  if (kind === "insert" && "id" in parsed && table !== "projects") delete parsed.id;
  const columns = Object.keys(parsed).map((column) => `"${column}"`);
  const text = JSON.stringify(parsed).replaceAll("'", "''");
  const conflict =
    kind === "upsert"
      ? `ON CONFLICT ON CONSTRAINT ${table}_pkey DO UPDATE SET organization_id = excluded.organization_id`
      : "";
  return `INSERT INTO magtrace.${table} (${columns.join(", ")}) OVERRIDING SYSTEM VALUE
    SELECT ${columns.join(", ")} FROM jsonb_populate_record(NULL::magtrace.${table}, '${text}') ${conflict}
    RETURNING ${key} AS project`;
}
