import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import {
  type Category,
  type Finding,
  type ImportedLabels,
  type ImportLabels,
  MOST_LABELS_IMPORTED,
} from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import type { StoredDataset } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import { inTransaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { insertAnnotations, type NewAnnotation } from "../annotations/annotationQueries.ts";
import { newStamp, requireLabelable } from "../annotations/annotations.ts";
import { announceLabels } from "../annotations/announceLabels.ts";
import { inactiveReason } from "../annotations/checkLabels.ts";
import { intervalFault } from "../annotations/intervalFault.ts";
import { categoriesByName, createMissingCategories, foldName } from "../categories/resolveCategories.ts";
import { type GivenLabel, type LabelFault, readLabelCsv } from "./readLabelCsv.ts";

const MOST_FINDINGS = 100;
/** Other requests get a turn after so many lines. */
const LINES_A_TURN = 5_000;
const LABELS_A_STATEMENT = 5_000;

/** Makes labels of a file, all or none, in one batch: one undo takes the whole import back. */
export async function importLabels(
  { db }: Deps,
  actor: Actor,
  request: ImportLabels,
): Promise<ImportedLabels> {
  const dataset = await inTransaction(db, actor.database, (tx) =>
    requireLabelable(tx, actor, request.dataset),
  );
  const given = await readGiven(givenBy(request), dataset);
  return inTransaction(db, actor.database, async (tx) => {
    await requireLabelable(tx, actor, request.dataset);
    let known = await categoriesByName(tx, dataset.projectId);
    let made: Category[] = [];
    if (request.create_categories) {
      const names = given.map(({ category }) => category).filter((name) => !known.has(foldName(name)));
      made = await createMissingCategories(tx, dataset, [...new Set(names)]);
      known = await categoriesByName(tx, dataset.projectId);
    }
    refuse(given.flatMap((label) => categoryFault(label, known) ?? []));
    const stamp = newStamp(actor.userId);
    for (let from = 0; from < given.length; from += LABELS_A_STATEMENT) {
      const some = given.slice(from, from + LABELS_A_STATEMENT);
      await insertAnnotations(
        tx,
        stamp,
        some.map((label) => annotationOf(label, dataset, known)),
      );
    }
    if (given.length > 0) {
      const change = { action: "import", count: given.length, userId: actor.userId } as const;
      await announceLabels(tx, dataset, dataset.id, change);
    }
    return {
      imported: given.length,
      categories_created: made.map(({ name }) => name),
      batch: stamp.batch,
    };
  });
}

function givenBy(request: ImportLabels): Iterable<GivenLabel | LabelFault> {
  if ((request.csv === undefined) === (request.annotations === undefined)) {
    throw new AppError("validation_failed", "Send the labels either as `csv` or as `annotations`.");
  }
  if (request.csv !== undefined) return readLabelCsv(request.csv);
  return request.annotations!.map((label, index) => ({
    at: `annotations/${index}`,
    line: null,
    start_index: label.start_index,
    end_index: label.end_index,
    category: label.category.trim(),
    confidence: label.confidence ?? 1,
    notes: label.notes ?? "",
  }));
}

/** Every label that can be one, or a refusal with all that is wrong. */
async function readGiven(
  source: Iterable<GivenLabel | LabelFault>,
  dataset: StoredDataset,
): Promise<GivenLabel[]> {
  const labels: GivenLabel[] = [];
  const faults: LabelFault[] = [];
  let read = 0;
  for (const given of source) {
    if (++read > MOST_LABELS_IMPORTED) {
      throw new AppError(
        "too_large",
        `One import takes at most ${MOST_LABELS_IMPORTED} labels. Send them in parts.`,
      );
    }
    if (read % LINES_A_TURN === 0) await yieldToEventLoop();
    const fault = "expected" in given ? given : rowsFault(given, dataset);
    if (fault) faults.push(fault);
    else labels.push(given as GivenLabel);
  }
  refuse(faults);
  return labels;
}

function rowsFault(label: GivenLabel, dataset: StoredDataset): LabelFault | null {
  const fault = intervalFault(dataset, label);
  return (
    fault && {
      at: label.at,
      line: label.line,
      column: fault.field,
      value: String(label[fault.field]),
      code: "bad_interval",
      expected: fault.reason,
    }
  );
}

function categoryFault(label: GivenLabel, known: ReadonlyMap<string, Category>): LabelFault | null {
  const category = known.get(foldName(label.category));
  if (category?.is_active) return null;
  return {
    at: label.at,
    line: label.line,
    column: "category",
    value: label.category.slice(0, 100),
    code: "bad_category",
    expected: category
      ? inactiveReason(category.name)
      : `there is no category "${label.category.slice(0, 100)}" in this project. Create it, or send create_categories: true.`,
  };
}

function refuse(faults: readonly LabelFault[]): void {
  const [first] = faults;
  if (!first) return;
  const place = first.column === null ? first.at : `${first.at}, column ${first.column}`;
  const more = faults.length > 1 ? ` (${faults.length - 1} more like this in the details.)` : "";
  throw new AppError("validation_failed", `${place}: ${first.expected}${more} No label was made.`, {
    details: { findings: faults.slice(0, MOST_FINDINGS).map(findingOf), total_findings: faults.length },
  });
}

function findingOf({ at, line, column, value, expected, code }: LabelFault): Finding & { at: string } {
  return { at, line, column, value, expected, code };
}

function annotationOf(
  label: GivenLabel,
  dataset: StoredDataset,
  known: ReadonlyMap<string, Category>,
): NewAnnotation {
  return {
    dataset,
    category: known.get(foldName(label.category))!.id,
    start_index: label.start_index,
    end_index: label.end_index,
    confidence: label.confidence,
    notes: label.notes,
    prediction: null,
  };
}
