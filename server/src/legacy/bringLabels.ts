import { requireDataset } from "../datasets/service.ts";
import { categoriesOfTypes } from "../labels/annotations/oldLabels.ts";
import { createPastLabels, type PastLabel } from "../labels/annotations/pastLabels.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import { type Bringing, rowsOf } from "./bring.ts";
import type { BroughtDataset } from "./bringDatasets.ts";
import type { Cells } from "./cells.ts";
import type { RowMap, RowRange } from "./rowMap.ts";
import { tables } from "./tables.ts";

const LABELS_AT_ONCE = 1_000;
const MOST_NOTES = 20_000;

interface WaitingLabel {
  readonly cells: Cells;
  readonly key: string;
  readonly ranges: readonly RowRange[];
  readonly confidence: number;
  readonly notes: string;
}

interface LabelKind {
  readonly kind: "annotation" | "label";
  readonly table: typeof tables.annotation | typeof tables.label;
  /** Why a label has no category here, or null. */
  readonly categoryFault: (cells: Cells) => string | null;
  readonly categoriesIn: (tx: Transaction, labels: readonly WaitingLabel[]) => Promise<Map<Cells, number>>;
}

/** Annotations of a dataset, by their categories. */
export function bringAnnotations(
  bringing: Bringing,
  dataset: BroughtDataset,
  categories: ReadonlyMap<number, number>,
): Promise<void> {
  const categoryOf = (cells: Cells) => categories.get(cells.integer("category_id") ?? -1);
  return bringLabels(bringing, dataset, {
    kind: "annotation",
    table: tables.annotation,
    categoryFault: (cells) =>
      categoryOf(cells) === undefined
        ? `Its category ${cells.integer("category_id") ?? "(none)"} is not in the project of its dataset.`
        : null,
    categoriesIn: async (_, labels) => new Map(labels.map(({ cells }) => [cells, categoryOf(cells)!])),
  });
}

/** Labels of the oldest interface, whose types are words: each becomes a category. */
export function bringOldLabels(bringing: Bringing, dataset: BroughtDataset): Promise<void> {
  const typeOf = (cells: Cells) => cells.text("label_type", 255).trim();
  return bringLabels(bringing, dataset, {
    kind: "label",
    table: tables.label,
    categoryFault: (cells) => (typeOf(cells) === "" ? "It has no label_type." : null),
    categoriesIn: async (tx, labels) => {
      const types = [...new Set(labels.map(({ cells }) => typeOf(cells)))];
      const place = await requireDataset(tx, bringing.actor, dataset.id, "label.write");
      const ids = await categoriesOfTypes(tx, place, types);
      return new Map(labels.map(({ cells }) => [cells, ids.get(typeOf(cells))!]));
    },
  });
}

async function bringLabels(bringing: Bringing, dataset: BroughtDataset, kind: LabelKind): Promise<void> {
  const { ledger, report } = bringing;
  let waiting: WaitingLabel[] = [];
  for (const { cells } of rowsOf(bringing, kind.table, "dataset_id = ?", [dataset.legacyId])) {
    const key = cells.key;
    if (ledger.find(kind.kind, key)) {
      report.known(cells.table);
      continue;
    }
    const label = waitingLabel(cells, await dataset.rows(), kind.categoryFault(cells));
    if (typeof label === "string") {
      report.refused(cells.table, cells.id, label);
      continue;
    }
    waiting.push(label);
    if (waiting.length < LABELS_AT_ONCE) continue;
    await write(bringing, dataset, kind, waiting);
    waiting = [];
  }
  if (waiting.length > 0) await write(bringing, dataset, kind, waiting);
}

/** @returns why it is refused, where it is. */
function waitingLabel(
  cells: Cells,
  rows: RowMap | string,
  categoryFault: string | null,
): WaitingLabel | string {
  if (typeof rows === "string") return `Not yet: ${rows}`;
  if (categoryFault !== null) return categoryFault;
  const ranges = rangesOf(cells, rows);
  if (typeof ranges === "string") return ranges;
  return { cells, key: cells.key, ranges, confidence: confidenceOf(cells), notes: notesOf(cells) };
}

/** Both ends of the old ranges are inclusive, and the old program cut what reached beyond its rows. */
function rangesOf(cells: Cells, rows: RowMap): readonly RowRange[] | string {
  const start = cells.integer("start_index");
  const end = cells.integer("end_index");
  if (start === null || end === null) return "start_index or end_index is no whole number.";
  if (end < start) return `end_index ${end} is before start_index ${start}.`;
  const last = rows.total - 1;
  if (start > last || end < 0)
    return `Rows ${start} to ${end} are outside the dataset, whose last row is ${last}.`;
  const cut = { start: Math.max(start, 0), end: Math.min(end, last) };
  const ranges = rows.ranges(cut);
  if (ranges.length === 0) return `None of rows ${start} to ${end} was brought.`;
  if (cut.start !== start || cut.end !== end) {
    cells.changed(
      `rows ${start} to ${end} were cut to ${cut.start} to ${cut.end}: the dataset has no others`,
    );
  }
  const kept = ranges.reduce((sum, range) => sum + range.end - range.start + 1, 0);
  if (kept < cut.end - cut.start + 1) {
    cells.changed(`of its ${cut.end - cut.start + 1} rows ${kept} were brought`);
  }
  if (ranges.length > 1) {
    const parts = ranges.map(({ start, end }) => `${start} to ${end}`).join(", ");
    cells.changed(`it reaches over ${ranges.length} sensors, and became a label of each: rows ${parts}`);
  }
  return ranges;
}

function confidenceOf(cells: Cells): number {
  const given = cells.number("confidence");
  const confidence = Math.min(Math.max(given ?? 1, 0), 1);
  if (given !== confidence) cells.changed(`confidence: ${confidence} instead of ${given ?? "none"}`);
  return confidence;
}

/** Whoever imports is who made the label here; who did so there stands in its notes. */
function notesOf(cells: Cells): string {
  const author = cells.text("created_by", 50).trim();
  const at = cells.time("created_at");
  const origin = `[old MagTrace: label ${cells.id}${author && ` by ${author}`}${at === null ? "" : `, ${at}`}]`;
  const notes = cells.text("notes", MOST_NOTES - origin.length - 1);
  return notes === "" ? origin : `${notes}\n${origin}`;
}

async function write(
  { ledger, actor, report }: Bringing,
  dataset: BroughtDataset,
  { kind, categoriesIn }: LabelKind,
  labels: readonly WaitingLabel[],
): Promise<void> {
  const made = await ledger.makeAll(
    labels.map(({ key }) => ({ kind, key })),
    dataset.projectId,
    async (tx) => {
      const categories = await categoriesIn(tx, labels);
      const past = labels.flatMap(({ cells, ranges, confidence, notes }) =>
        ranges.map(
          ({ start, end }): PastLabel => ({
            category: categories.get(cells)!,
            start_index: start,
            end_index: end,
            confidence,
            notes,
          }),
        ),
      );
      const ids = await createPastLabels(tx, actor, dataset.id, past);
      return dealtOut(
        ids,
        labels.map(({ ranges }) => ranges.length),
      );
    },
    labels.map(({ ranges }) => ranges.length),
  );
  labels.forEach(({ cells }, at) => void report.mapped(cells.table, cells.id, made[at]!));
}

/** The first so many of the ids, then the next so many … */
function dealtOut(ids: readonly number[], counts: readonly number[]): number[][] {
  let next = 0;
  return counts.map((count) => {
    const own = ids.slice(next, next + count);
    next += count;
    return own;
  });
}
