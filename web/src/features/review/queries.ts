import type { CreatePrediction, PredictedInterval, Prediction, ReviewPrediction } from "@magtrace/contracts";
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { type Page, request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import type { RowRange } from "../timeline/viewport.ts";
import { isUnderWay } from "../training/queries.ts";
import { mergeIntervals, pendingCount, type ReviewSort } from "./reviewOrder.ts";

export const PREDICTIONS_A_PAGE = 25;
const POLL_MS = 2000;

export const predictionsQuery = (projectId: number, page: number) =>
  queryOptions({
    queryKey: [...keys.predictions, projectId, page],
    queryFn: ({ signal }) =>
      requestPage<Prediction>("predictions/", {
        signal,
        query: {
          project_id: projectId,
          limit: PREDICTIONS_A_PAGE,
          offset: (page - 1) * PREDICTIONS_A_PAGE,
          // The intervals of twenty-five predictions may be a hundred thousand.
          summary: true,
        },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.rows.some(({ status }) => isUnderWay(status)) ? POLL_MS : false,
  });

export const predictionQuery = (id: number) =>
  queryOptions({
    queryKey: keys.prediction(id),
    queryFn: ({ signal }) => request<Prediction>(`predictions/${id}/`, { signal }),
    refetchInterval: (query) => (query.state.data && isUnderWay(query.state.data.status) ? POLL_MS : false),
  });

const INTERVALS_A_PAGE = 500;

export const intervalPagesQuery = (id: number, order: ReviewSort) =>
  infiniteQueryOptions({
    queryKey: [...keys.intervals(id), order],
    queryFn: ({ signal, pageParam: offset }) =>
      requestPage<PredictedInterval>(`predictions/${id}/intervals/`, {
        signal,
        query: { order, limit: INTERVALS_A_PAGE, offset },
      }),
    initialPageParam: 0,
    getNextPageParam: ({ total }, _, offset) =>
      offset + INTERVALS_A_PAGE < total ? offset + INTERVALS_A_PAGE : null,
  });

/** More can hardly be told apart in a chart. */
const MOST_DRAWN = 1000;
const windowKeys = (id: number) => [...keys.intervals(id), "window"] as const;

/** Those that share a row with a window; of too many the most certain. */
export const windowIntervalsQuery = (id: number, { start, end }: RowRange) =>
  queryOptions({
    queryKey: [...windowKeys(id), start, end],
    queryFn: ({ signal }) =>
      requestPage<PredictedInterval>(`predictions/${id}/intervals/`, {
        signal,
        query: { start_index: start, end_index: end, order: "certain", limit: MOST_DRAWN },
      }),
  });

/** How many wait with at least this confidence. */
export const confidentQuery = (id: number, threshold: number) =>
  queryOptions({
    queryKey: [...keys.confidentIntervals(id), threshold],
    queryFn: ({ signal }) =>
      requestPage<PredictedInterval>(`predictions/${id}/intervals/`, {
        signal,
        query: { review: "pending", min_confidence: threshold, limit: 1 },
      }),
    placeholderData: keepPreviousData,
  });

export function useCreatePrediction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreatePrediction) => request<Prediction>("predictions/", { method: "POST", body }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.predictions }),
  });
}

/** What is here does not add up to the server's counts, though it is all there is. */
function countsDiffer({ predictions, counts }: Prediction): boolean {
  const total = counts.pending + counts.accepted + counts.rejected + counts.modified;
  return predictions.length === total && pendingCount(predictions) !== counts.pending;
}

export function useReview(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.review(id),
    mutationFn: (body: ReviewPrediction) =>
      request<Prediction>(`predictions/${id}/review/`, { method: "POST", body }),
    onSuccess: async (answer, { status }) => {
      // Of a decision on single intervals the answer has just these.
      const changed = answer.predictions;
      const whole = client.setQueryData<Prediction>(keys.prediction(id), (known) => {
        const predictions = mergeIntervals(known?.predictions ?? [], changed);
        return { ...answer, predictions, confidence_scores: predictions.map(({ confidence }) => confidence) };
      });
      if (status === "modified") {
        for (const order of ["certain", "uncertain", "row"] as const) {
          client.setQueryData(intervalPagesQuery(id, order).queryKey, (known) => {
            if (known === undefined) return known;
            const pages = known.pages.map((page) => ({ ...page, rows: mergeIntervals(page.rows, changed) }));
            return { ...known, pages };
          });
        }
        client.setQueriesData<Page<PredictedInterval>>({ queryKey: windowKeys(id) }, (known) =>
          known === undefined ? known : { ...known, rows: mergeIntervals(known.rows, changed) },
        );
      } else void client.invalidateQueries({ queryKey: keys.intervals(id) });
      void client.invalidateQueries({ queryKey: keys.confidentIntervals(id) });
      // Somebody else has decided meanwhile.
      if (whole !== undefined && countsDiffer(whole)) {
        void client.invalidateQueries({ queryKey: keys.prediction(id) });
        void client.invalidateQueries({ queryKey: keys.intervals(id) });
      }
      // Accepting makes labels.
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.predictions }),
        client.invalidateQueries({ queryKey: keys.annotations(answer.dataset) }),
      ]);
    },
  });
}
