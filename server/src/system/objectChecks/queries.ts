import type pg from "pg";
import type { ObjectRow, ObjectRows } from "../../platform/objects/rows/objectRows.ts";
import { placesOf } from "./inventory.ts";

const PLACES_AT_ONCE = 50_000;
const ROWS_AT_ONCE = 1_000;
const LABELS_AT_ONCE = 20_000;
/** After any row's time. */
const NEVER = new Date("9999-01-01T00:00:00Z");

/** Every place that something refers to, in order of bytes; a page of them is in memory. */
export async function* referencedPlaces(pool: pg.Pool): AsyncGenerator<string> {
  for (let after = ""; ; ) {
    const { rows } = await pool.query<{ place: string }>(
      `SELECT DISTINCT place COLLATE "C" AS place FROM magtrace.referenced_objects()
       WHERE place COLLATE "C" > $1 ORDER BY place COLLATE "C" LIMIT $2`,
      [after, PLACES_AT_ONCE],
    );
    for (const { place } of rows) yield place;
    if (rows.length < PLACES_AT_ONCE) return;
    after = rows.at(-1)!.place;
  }
}

/** Those of some places that something refers to now. */
export async function stillReferenced(pool: pg.Pool, places: readonly string[]): Promise<Set<string>> {
  if (places.length === 0) return new Set();
  const text = "SELECT place FROM magtrace.referenced_objects() WHERE place = ANY ($1)";
  const { rows } = await pool.query<{ place: string }>(text, [places]);
  return new Set(rows.map(({ place }) => place));
}

/** The rows of all objects, or of those that a sweep may judge, in order of key. */
export async function* pagedRows(rows: ObjectRows, before = NEVER, afterKey = ""): AsyncGenerator<ObjectRow> {
  for (let after = afterKey; ; ) {
    const page = await rows.changedBefore(before, { after, limit: ROWS_AT_ONCE });
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.key;
    yield* page;
  }
}

export interface ObjectOwner {
  /** `original of dataset 12` */
  readonly what: string;
  readonly organizationId: number;
}

/** Who refers to places: the first of each. */
export async function objectOwners(
  pool: pg.Pool,
  places: readonly string[],
): Promise<Map<string, ObjectOwner>> {
  const { rows } = await pool.query("SELECT * FROM magtrace.object_owners($1)", [places]);
  return new Map(
    rows.map((row) => [
      row.place,
      { what: `${row.what} ${row.id}`, organizationId: Number(row.organization_id) },
    ]),
  );
}

/** Whose an object is, by what refers to it or else by its row. */
export async function ownerOf(
  pool: pg.Pool,
  key: string,
  row: ObjectRow | undefined,
): Promise<{ what: string | null; organizationId: number | null }> {
  const [owner] = (await objectOwners(pool, placesOf(key))).values();
  return {
    what: owner?.what ?? null,
    organizationId: owner?.organizationId ?? row?.organizationId ?? null,
  };
}

export interface LabelBeyond {
  readonly id: number;
  readonly dataset: number;
  readonly organization: number;
  readonly start: number;
  readonly end: number;
  readonly readings: number;
}

/** Pages of labels: how many were looked at, and those that end beyond the readings of their recording. */
export async function* labelsBeyond(
  pool: pg.Pool,
): AsyncGenerator<{ labels: number; beyond: readonly LabelBeyond[] }> {
  for (let after = 0; ; ) {
    const { rows } = await pool.query<{ looked_at: number; last_id: number; beyond: LabelBeyond[] }>(
      "SELECT * FROM magtrace.labels_beyond($1, $2)",
      [after, LABELS_AT_ONCE],
    );
    const { looked_at: labels, last_id: last, beyond } = rows[0];
    yield { labels, beyond };
    if (labels < LABELS_AT_ONCE) return;
    after = last;
  }
}

export async function miscountedDatasets(
  pool: pg.Pool,
): Promise<{ id: number; organizationId: number; total: number; counted: number }[]> {
  const { rows } = await pool.query("SELECT * FROM magtrace.miscounted_datasets() ORDER BY id");
  return rows.map((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    total: row.total_records,
    counted: row.counted,
  }));
}

/** Removes projects that were deleted before a time, and failed imports as old; says how many. */
export async function purgeProjects(pool: pg.Pool, deletedBefore: Date): Promise<number> {
  const { rows } = await pool.query("SELECT magtrace.purge_projects($1) AS n", [deletedBefore]);
  return Number(rows[0].n);
}
