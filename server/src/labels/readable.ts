import { csvText } from "@magtrace/series";
import type { ArchivedRow } from "../platform/archive/declaration.ts";
import { byNumber, jsonLines, type ReadableFile, type ReadableSource } from "../platform/archive/readable.ts";
import { CSV_HEADER, csvLine, type ExportedLabel } from "./files/writeLabelCsv.ts";

interface ReadableLabel extends ExportedLabel {
  readonly label: number;
  readonly dataset: number;
  readonly dataset_name: string;
}

/** Labels that have not been deleted, with the names of their categories. Deleted ones and the history are in the tables. */
export async function* readableLabels(source: ReadableSource): AsyncGenerator<ReadableFile> {
  yield {
    name: "categories.json",
    about: "The categories of labels: hierarchy (`parent_id`), colours, order, hotkeys, and whether in use",
    content: () => jsonLines(source.rows("label_categories")),
  };
  yield {
    name: "labels.csv",
    about:
      "The labels as a table. `start_index` and `end_index` are rows of the readings, from 0, both inclusive",
    content: () => labelsCsv(source),
  };
  yield { name: "labels.json", about: "The same as JSON", content: () => jsonLines(liveLabels(source)) };
}

async function* liveLabels(source: ReadableSource): AsyncGenerator<ReadableLabel> {
  const datasets = await byNumber(source.rows("datasets"), ({ name }) => name as string);
  const categories = await byNumber(source.rows("label_categories"), ({ name }) => name as string);
  for await (const row of source.rows("annotations")) {
    if (row.deleted_at === null) yield readableLabel(row, datasets, categories);
  }
}

function readableLabel(
  row: ArchivedRow,
  datasets: ReadonlyMap<number, string>,
  categories: ReadonlyMap<number, string>,
): ReadableLabel {
  return {
    label: row.id as number,
    dataset: row.dataset_id as number,
    dataset_name: datasets.get(row.dataset_id as number) ?? "",
    start_index: row.start_index as number,
    end_index: row.end_index as number,
    category: categories.get(row.category_id as number) ?? "",
    confidence: row.confidence as number,
    notes: row.notes as string,
    created_by: row.created_by as string | null,
    created_at: row.created_at as string,
  };
}

async function* labelsCsv(source: ReadableSource): AsyncGenerator<string> {
  yield `label,dataset,dataset_name,${CSV_HEADER}`;
  for await (const label of liveLabels(source)) {
    yield `${label.label},${label.dataset},${csvText(label.dataset_name)},${csvLine(label)}`;
  }
}
