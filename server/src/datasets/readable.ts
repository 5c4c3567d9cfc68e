import { openSeries, seriesCsv } from "@magtrace/series";
import { jsonLines, type ReadableFile, type ReadableSource } from "../platform/archive/readable.ts";

/** Of each dataset its readings as CSV, in the columns an upload has; of all of them what is known of them. */
export async function* readableDatasets(source: ReadableSource): AsyncGenerator<ReadableFile> {
  yield {
    name: "datasets.json",
    about:
      "The datasets: name, mapping and assumptions with which the file was read, time axis, statistics, quality report",
    content: () => jsonLines(source.rows("datasets")),
  };
  for await (const { dataset_id, object_prefix } of source.rows("segments")) {
    yield {
      name: `readings/${dataset_id}.csv`,
      about: `Readings of dataset ${dataset_id}, as Arrow in \`${object_prefix}/base.arrow\``,
      content: () => readingsCsv(source, object_prefix as string),
    };
  }
}

async function* readingsCsv(source: ReadableSource, prefix: string): AsyncGenerator<string> {
  const series = await openSeries({ open: (name) => source.open(`${prefix}/${name}`) });
  try {
    const sensorIds = series.tracks.some(({ sensorId }) => sensorId !== "");
    yield* seriesCsv(series, { startIndex: 0, endIndex: series.rows, sensorIds });
  } finally {
    await series.close();
  }
}
