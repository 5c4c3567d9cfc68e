import type { PredictedInterval, Prediction } from "@magtrace/contracts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { formatCount } from "../../ui/formatNumber.ts";
import type { ViewportModel } from "../timeline/ViewportModel.ts";
import { windowOf } from "./intervalWindow.ts";
import { windowIntervalsQuery } from "./queries.ts";

interface DrawnIntervals {
  /** Over the readings in view, at least. */
  inView: readonly PredictedInterval[];
  /** Over the whole recording. */
  inOverview: readonly PredictedInterval[];
  /** What is not drawn, if anything, and what to do to see it. */
  note: string | null;
}

const NONE: readonly PredictedInterval[] = [];

/**
 * What the chart draws of a prediction that does not carry all of its intervals: those of the view, fetched as it moves.
 * Where they are too many to be told apart, the most certain ones, and that is said.
 */
export function useDrawnIntervals(
  prediction: Prediction,
  model: ViewportModel,
  isWhole: boolean,
): DrawnIntervals {
  const key = useSyncExternalStore(model.subscribe, () => {
    const { start, end } = windowOf(model.get(), model.rows);
    return `${start} ${end}`;
  });
  const [start = 0, end = 0] = key.split(" ").map(Number);
  const everywhere = { start: 0, end: model.rows - 1 };
  const enabled = !isWhole && model.rows > 0;
  const view = useQuery({
    ...windowIntervalsQuery(prediction.id, { start, end }),
    placeholderData: keepPreviousData,
    enabled,
  });
  const overview = useQuery({ ...windowIntervalsQuery(prediction.id, everywhere), enabled });
  const inView = view.data?.rows ?? NONE;
  const inOverview = overview.data?.rows ?? NONE;
  return { inView, inOverview, note: enabled ? noteOf() : null };

  function noteOf(): string | null {
    if (view.isError) return `The intervals in view could not be loaded. ${errorSentence(view.error)}`;
    if (view.data === undefined || view.isPlaceholderData) return "Loading the intervals in view…";
    if (view.data.total > inView.length) {
      return `Of ${formatCount(view.data.total)} intervals here the ${formatCount(inView.length)} most certain are drawn. Zoom in to see all.`;
    }
    const all = overview.data?.total ?? 0;
    if (all <= inOverview.length) return null;
    return `All intervals here are drawn. The overview shows the ${formatCount(inOverview.length)} most certain of ${formatCount(all)}.`;
  }
}
