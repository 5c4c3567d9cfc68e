import type { PredictedInterval, Prediction } from "@magtrace/contracts";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { confidentQuery, intervalPagesQuery } from "./queries.ts";
import { pendingCount, type ReviewSort, sortIntervals } from "./reviewOrder.ts";

interface Intervals {
  /** The prediction carries all of them, so all are here. */
  isWhole: boolean;
  /** Those that are here, in the chosen order. */
  ordered: PredictedInterval[];
  /** How many there are, wait, and wait with enough confidence: also of those that are not here yet. */
  total: number;
  open: number;
  above: number;
  /** Fetches the next ones in the chosen order, where there are more. */
  loadMore: () => void;
}

/** A prediction carries its first intervals. Where it has more, they come by pages in the order they are looked at. */
export function useIntervals(prediction: Prediction, sort: ReviewSort, threshold: number): Intervals {
  const { predictions: carried, counts } = prediction;
  const total = counts.pending + counts.accepted + counts.rejected + counts.modified;
  const isWhole = carried.length >= total;
  const pages = useInfiniteQuery({ ...intervalPagesQuery(prediction.id, sort), enabled: !isWhole });
  const confident = useQuery({ ...confidentQuery(prediction.id, threshold), enabled: !isWhole });
  const ordered = useMemo(
    () => (isWhole ? sortIntervals(carried, sort) : (pages.data?.pages.flatMap(({ rows }) => rows) ?? [])),
    [isWhole, carried, pages.data, sort],
  );
  return {
    isWhole,
    ordered,
    total: Math.max(total, carried.length),
    open: isWhole ? pendingCount(carried) : counts.pending,
    above: isWhole ? pendingCount(carried, threshold) : (confident.data?.total ?? 0),
    loadMore: () => {
      if (!isWhole && pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
    },
  };
}
