import { csvText } from "@magtrace/series";
import { jsonLines, type ReadableFile, type ReadableSource } from "../platform/archive/readable.ts";

const INTERVAL_HEADER = "prediction,index,start_index,end_index,category,confidence,review\r\n";
const SUGGESTION_HEADER = "suggestion,prediction,start_index,end_index,category,confidence,status\r\n";

/** Predictions, what they found and what was decided about it. */
export async function* readablePredictions(source: ReadableSource): AsyncGenerator<ReadableFile> {
  yield {
    name: "predictions.json",
    about: "The predictions: dataset, model, session, and how their review stands",
    content: () => jsonLines(source.rows("predictions")),
  };
  yield {
    name: "predicted_intervals.csv",
    about: "What each prediction found, and what was decided about it",
    content: () => intervalsCsv(source),
  };
  yield {
    name: "suggestions.csv",
    about: "What was suggested for labelling, and what became of it",
    content: () => suggestionsCsv(source),
  };
}

async function* intervalsCsv(source: ReadableSource): AsyncGenerator<string> {
  yield INTERVAL_HEADER;
  for await (const row of source.rows("predicted_intervals")) {
    const category = csvText((row.category as string | null) ?? "");
    const rows = `${row.start_index},${row.end_index}`;
    yield `${row.prediction_id},${row.number},${rows},${category},${row.confidence},${row.review}\r\n`;
  }
}

async function* suggestionsCsv(source: ReadableSource): AsyncGenerator<string> {
  yield SUGGESTION_HEADER;
  for await (const row of source.rows("suggestions")) {
    const rows = `${row.start_index},${row.end_index}`;
    const category = csvText(row.category as string);
    yield `${row.id},${row.prediction_id},${rows},${category},${row.confidence},${row.status}\r\n`;
  }
}
