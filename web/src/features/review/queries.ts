import type { CreatePrediction, Prediction, ReviewPrediction } from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { isUnderWay } from "../training/queries.ts";

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

export function useCreatePrediction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreatePrediction) => request<Prediction>("predictions/", { method: "POST", body }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.predictions }),
  });
}

export function useReview(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ReviewPrediction) =>
      request<Prediction>(`predictions/${id}/review/`, { method: "POST", body }),
    onSuccess: async (prediction) => {
      client.setQueryData(keys.prediction(id), prediction);
      // Accepting makes labels.
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.predictions }),
        client.invalidateQueries({ queryKey: keys.annotations(prediction.dataset) }),
      ]);
    },
  });
}
