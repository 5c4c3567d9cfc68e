import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { addFile } from "../datasets/addFile.ts";
import type { IngestOutcome } from "../datasets/ingest/types.ts";
import { findDataset, type StoredDataset } from "../datasets/queries.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import { type Bringing, orRefused, requireGoingOn, rowsOf } from "./bring.ts";
import type { BroughtProject } from "./bringProjects.ts";
import type { Cells } from "./cells.ts";
import { type ReadableFile, readableFile } from "./readableFile.ts";
import { isDrawnOtherwise, type ReadingTable, readReadings } from "./readingTable.ts";
import { mapRows, type RowMap } from "./rowMap.ts";
import { tables } from "./tables.ts";

const LOOK_EVERY_MS = 100;

export interface BroughtDataset {
  readonly id: number;
  readonly projectId: number;
  readonly legacyId: number;
  /** Where its rows are now, or why nobody can say. Found out once, when first asked. */
  rows(): Promise<RowMap | string>;
}

/** @param where Which of them, in SQL. */
export async function* bringDatasets(
  bringing: Bringing,
  project: BroughtProject,
  where: string,
  values: number[] = [],
): AsyncGenerator<BroughtDataset> {
  for (const { cells } of rowsOf(bringing, tables.dataset, where, values)) {
    const [known] = bringing.ledger.find("dataset", cells.key) ?? [];
    const brought = await (known === undefined
      ? bringDataset(bringing, project, cells)
      : knownDataset(bringing, project, { cells, known }));
    if (brought) yield brought;
  }
}

async function knownDataset(
  bringing: Bringing,
  project: BroughtProject,
  { cells, known }: { cells: Cells; known: number },
): Promise<BroughtDataset | undefined> {
  const { report, database, signal, deps } = bringing;
  const dataset = await whenRead(bringing, known);
  report.known(cells.table);
  const readings = database.count(tables.reading, "dataset_id = ?", [cells.id]);
  report.found(tables.reading, readings);
  report.known(tables.reading, readings);
  if (!dataset) {
    refuseLabels(bringing, cells.id, "Its dataset was deleted here.");
    return undefined;
  }
  const rows = once(async () => {
    const filename = dataset.originalName;
    const file = await readableFile(deps.config, readReadings(database, cells.id), { filename, signal });
    const sha256 = createHash("sha256").update(file.bytes).digest("hex");
    if (sha256 !== dataset.sha256) return "its readings in the old database are not what they were.";
    return rowsIn(dataset, file.readings);
  });
  return { id: known, projectId: project.id, legacyId: cells.id, rows };
}

async function bringDataset(
  bringing: Bringing,
  project: BroughtProject,
  cells: Cells,
): Promise<BroughtDataset | undefined> {
  const { report, database, deps, signal, ledger } = bringing;
  const { table, id: legacyId } = cells;
  const all = readReadings(database, legacyId);
  report.found(tables.reading, all.total);
  const filename = filenameOf(cells);
  const name = cells.text("name", 255).trim() || filename;
  if (all.kept.length === 0) {
    reportReadings(bringing, all);
    report.refused(
      table,
      legacyId,
      all.total === 0 ? "It has no readings." : "None of its readings can be read.",
    );
    refuseLabels(bringing, legacyId, "Its dataset was not brought.");
    return undefined;
  }
  const file = await readableFile(deps.config, all, { filename, signal });
  const id = ledger.isDry
    ? ledger.dryId()
    : await orRefused(bringing, cells, () => add(bringing, project, { cells, name, filename, file }));
  if (id === undefined) {
    refuseLabels(bringing, legacyId, "Its dataset was not brought.");
    return undefined;
  }
  reportReadings(bringing, file.readings);
  report.mapped(table, legacyId, [id]);
  reportFile(bringing, cells, file);
  const dataset = ledger.isDry ? undefined : await whenRead(bringing, id);
  const rows = once(async () =>
    dataset ? rowsIn(dataset, file.readings) : rowsTried(file.outcome, file.readings),
  );
  const found = await rows();
  if (typeof found === "string") cells.changed(`its labels and predictions wait: ${found}`);
  return { id, projectId: project.id, legacyId, rows };
}

function refuseLabels(bringing: Bringing, datasetId: number, reason: string): void {
  const { report, ledger } = bringing;
  for (const kind of ["annotation", "label"] as const) {
    for (const { cells } of rowsOf(bringing, tables[kind], "dataset_id = ?", [datasetId])) {
      if (ledger.find(kind, cells.key)) report.known(cells.table);
      else report.refused(cells.table, cells.id, reason);
    }
  }
}

interface NewFile {
  readonly cells: Cells;
  readonly name: string;
  readonly filename: string;
  readonly file: ReadableFile;
}

async function add(
  { deps, actor, ledger }: Bringing,
  project: BroughtProject,
  { cells, name, filename, file }: NewFile,
): Promise<number> {
  const content = (async function* () {
    yield file.bytes;
  })();
  const bytes = file.bytes.length;
  const dataset = await addFile(
    deps,
    actor,
    { projectId: project.id, name, filename, bytes, content },
    (tx, { id }) => ledger.note(tx, { kind: "dataset", key: cells.key }, project.id, id),
  );
  return dataset.id;
}

/** As it is once its file was read or refused, for which a dry run does not wait; undefined where it is gone. */
async function whenRead(
  { deps, actor, signal, ledger }: Bringing,
  id: number,
): Promise<StoredDataset | undefined> {
  for (;;) {
    const dataset = await inTransaction(deps.db, actor.database, (tx) => findDataset(tx, id));
    const isSettled = dataset?.status === "completed" || dataset?.status === "failed";
    if (!dataset || isSettled || ledger.isDry) return dataset;
    requireGoingOn(signal);
    await sleep(LOOK_EVERY_MS);
  }
}

function rowsIn(dataset: StoredDataset, readings: ReadingTable): RowMap | string {
  if (dataset.status !== "completed" || !dataset.quality) {
    const [question] = dataset.questions;
    const why = question ? question.asked : (dataset.wire.error ?? "its file was not read");
    return `dataset ${dataset.id} has no readings yet: ${why} Answer that on the project's page, then run this again.`;
  }
  const isReversed = dataset.quality.assumptions.some(({ subject }) => subject === "row_order");
  return mapped(mapRows(readings, dataset.tracks, isReversed));
}

function rowsTried(outcome: IngestOutcome, readings: ReadingTable): RowMap | string {
  if (!outcome.ok) return `its file cannot be read as it is: ${outcome.findings[0]?.expected}`;
  const isReversed = outcome.quality.assumptions.some(({ subject }) => subject === "row_order");
  return mapped(mapRows(readings, outcome.tracks, isReversed));
}

function mapped(rows: RowMap | string): RowMap | string {
  return typeof rows === "string" ? `its rows cannot be found again: ${rows}.` : rows;
}

function reportReadings({ report }: Bringing, { kept, refused, incomplete }: ReadingTable): void {
  report.mappedAll(tables.reading, kept.length);
  for (const { id, reason } of refused) report.refused(tables.reading, id, reason);
  const left = new Set(refused.map(({ id }) => id));
  for (const id of incomplete) {
    if (!left.has(id))
      report.changed(tables.reading, id, "what is no number of its position or attitude is empty");
  }
}

function reportFile({ mediaDir }: Bringing, cells: Cells, { readings }: ReadableFile): void {
  const file = cells.text("file", 1000);
  if (file !== "" && !isThere(mediaDir, file)) {
    cells.changed(`its file ${file} is not in the media folder; the readings in the database were taken`);
  }
  if (isDrawnOtherwise(readings)) {
    cells.changed(
      "the old MagTrace drew its readings by the text of their times, and trained on them by their ids: labels made by eye may be some rows off",
    );
  }
}

/** Whether a file is there, without opening it. What lies outside the folder is not. */
export function isThere(mediaDir: string, file: string): boolean {
  const path = join(mediaDir, file);
  return path.startsWith(join(mediaDir, sep)) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function filenameOf(cells: Cells): string {
  const name = cells
    .text("file", 1000)
    .split(/[/\\]/)
    .at(-1)!
    .replaceAll(/\p{Cc}/gu, "")
    .trim();
  return (name || `dataset-${cells.id}.csv`).slice(-255);
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
