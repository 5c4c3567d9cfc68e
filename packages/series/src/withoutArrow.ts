/** What does not need Apache Arrow, which takes longer to load than a file's first rows to read. */
export { createSeriesSummary } from "./createSeriesSummary.ts";
export { formatTime } from "./formatTime.ts";
export { LogHistogram } from "./logHistogram.ts";
export { MAX_TIME_US } from "./microseconds.ts";
export { readExactly } from "./readRanges.ts";
export { claimedNames, MAX_ROWS, reservedNames } from "./seriesLayout.ts";
