import { Readable } from "node:stream";
import type { Annotation } from "@magtrace/contracts";
import type { Formulas } from "@magtrace/series";
import type { Actor } from "../../access/actor.ts";
import { requireDataset } from "../../datasets/service.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { findCategories } from "../categories/categoryQueries.ts";
import { labelsAfter, namesOf } from "./exportQueries.ts";
import { CSV_HEADER, csvLine, type ExportedLabel } from "./writeLabelCsv.ts";

/** 8 to 12 ms of the event loop at most; 5,000 were turns of 25 to 39. */
const LABELS_A_PART = 500;

export interface LabelFile {
  readonly filename: string;
  readonly contentType: string;
  readonly body: Readable;
}

interface Part {
  readonly labels: readonly ExportedLabel[];
  /** Where the next part begins; null after the last. */
  readonly next: readonly [number, number, number] | null;
}

/**
 * All labels of a dataset in the order of their rows. Read part by part, each in a transaction of its own, so that a
 * slow reader holds no connection. Beyond 500 labels the file is therefore no snapshot: one that is moved meanwhile
 * can be missed or stand twice.
 */
export async function exportLabels(
  { db }: Deps,
  actor: Actor,
  {
    datasetId,
    format,
    formulas,
  }: { datasetId: number; format: "csv" | "json"; formulas?: Formulas | undefined },
): Promise<LabelFile> {
  const readPart = (after: readonly [number, number, number]) =>
    inTransaction(db, actor.database, (tx) => partAfter(tx, datasetId, after));
  const { name, first } = await inTransaction(db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, datasetId, "label.read");
    return { name: dataset.wire.name, first: await partAfter(tx, datasetId, [-1, -1, 0]) };
  });
  async function* parts(): AsyncGenerator<readonly ExportedLabel[]> {
    let part = first;
    yield part.labels;
    while (part.next) {
      part = await readPart(part.next);
      yield part.labels;
    }
  }
  const text = format === "csv" ? csvText(parts(), formulas) : jsonText(parts());
  return {
    filename: `${name.replace(/\.[^.]*$/, "")} labels.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/json; charset=utf-8",
    body: Readable.from(text, { objectMode: false }),
  };
}

async function partAfter(
  tx: Transaction,
  datasetId: number,
  after: readonly [number, number, number],
): Promise<Part> {
  const labels = await labelsAfter(tx, datasetId, after, LABELS_A_PART);
  const last = labels.at(-1);
  return {
    labels: await inWords(tx, labels),
    next: last && labels.length === LABELS_A_PART ? [last.start_index, last.end_index, last.id] : null,
  };
}

async function inWords(tx: Transaction, labels: readonly Annotation[]): Promise<ExportedLabel[]> {
  const categories = await findCategories(tx, [...new Set(labels.map(({ category }) => category))]);
  const authors = new Set(labels.flatMap(({ created_by }) => (created_by === null ? [] : [created_by])));
  const names = await namesOf(tx, [...authors]);
  return labels.map((label) => ({
    start_index: label.start_index,
    end_index: label.end_index,
    category: categories.get(label.category)!.name,
    confidence: label.confidence,
    notes: label.notes,
    created_by: label.created_by === null ? null : (names.get(label.created_by) ?? null),
    created_at: label.created_at,
  }));
}

async function* csvText(
  parts: AsyncIterable<readonly ExportedLabel[]>,
  formulas: Formulas | undefined,
): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const labels of parts) yield labels.map((label) => csvLine(label, formulas)).join("");
}

async function* jsonText(parts: AsyncIterable<readonly ExportedLabel[]>): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const labels of parts) {
    if (labels.length === 0) continue;
    yield separator + labels.map((label) => JSON.stringify(label)).join(",\n");
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}
