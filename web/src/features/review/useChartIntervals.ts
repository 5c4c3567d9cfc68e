import type { PredictedInterval } from "@magtrace/contracts";
import { useMemo } from "react";
import { type CategoryLook, lookOf } from "../labels/categoryChoice.ts";
import type { ChartInterval } from "../timeline/intervals.ts";
import type { RowRange } from "../timeline/viewport.ts";

interface Drawn {
  readonly inView: readonly PredictedInterval[];
  readonly inOverview: readonly PredictedInterval[];
}

interface InHand {
  readonly found: PredictedInterval | null;
  /** Its rows as they were dragged; null: as they are. */
  readonly reshaped: RowRange | null;
  readonly looks: ReadonlyMap<number, CategoryLook>;
}

/** As the chart draws them. The interval in hand is always drawn, and with the rows it was dragged to. */
export function useChartIntervals(
  { inView, inOverview }: Drawn,
  { found, reshaped, looks }: InHand,
): { inView: readonly ChartInterval[]; inOverview: readonly ChartInterval[] } {
  return useMemo(() => {
    const toChart = (interval: PredictedInterval): ChartInterval => {
      const dragged = interval.index === found?.index ? reshaped : null;
      return {
        key: String(interval.index),
        start: dragged?.start ?? interval.start_index,
        end: dragged?.end ?? interval.end_index,
        color: lookOf(looks, interval.category_id).color,
        text: `${interval.category} ${Math.round(interval.confidence * 100)} %`,
        faint: interval.review === "rejected",
      };
    };
    const isDrawn = found === null || inView.some(({ index }) => index === found.index);
    const withFound = isDrawn ? inView : [...inView, found];
    return { inView: withFound.map(toChart), inOverview: inOverview.map(toChart) };
  }, [inView, inOverview, found, reshaped, looks]);
}
