import type { Dataset } from "@magtrace/contracts";
import type { TimeKind } from "../timeline/formatTime.ts";

/** Whether a dataset's times have a date. */
export function readTimeKind(dataset: Pick<Dataset, "time">): TimeKind {
  return dataset.time?.kind === "relative" ? "relative" : "absolute";
}
