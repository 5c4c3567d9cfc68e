import { archivedTables, readableFiles } from "./archivedTables.ts";
import { readingMakers } from "./datasets/readingBytes.ts";
import type { SeriesCache } from "./datasets/seriesCache.ts";
import type { Makers } from "./platform/byteThread/serveByteThread.ts";
import type { Platform } from "./platform/openPlatform.ts";
import { makeProjectFile, type ProjectWanted } from "./projects/archive/exporting/exportProject.ts";

/** Answers of the api that take long to make, by their kind. */
export function apiMakers({ deps }: Pick<Platform, "deps">, series: SeriesCache): Makers {
  return {
    ...readingMakers(series),
    project: (wanted: ProjectWanted) =>
      makeProjectFile(deps, { tables: archivedTables, readable: readableFiles }, wanted),
  };
}
