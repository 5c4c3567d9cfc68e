import type { CreateModel, JobStatus, StartTraining, TrainingSession, UserModel } from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";

export const SESSIONS_A_PAGE = 25;
const POLL_MS = 2000;

export const isUnderWay = (status: JobStatus): boolean => status === "pending" || status === "running";

export const modelsQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...keys.models, projectId],
    queryFn: async ({ signal }) =>
      (
        await requestPage<UserModel>("user-models/", {
          signal,
          query: { project_id: projectId, limit: 1000, summary: "true" },
        })
      ).rows,
  });

export const sessionsQuery = (projectId: number, page: number) =>
  queryOptions({
    queryKey: [...keys.sessions, projectId, page],
    queryFn: ({ signal }) =>
      requestPage<TrainingSession>("training-sessions/", {
        signal,
        query: { project_id: projectId, limit: SESSIONS_A_PAGE, offset: (page - 1) * SESSIONS_A_PAGE },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.rows.some(({ status }) => isUnderWay(status)) ? POLL_MS : false,
  });

/** One can predict with it. What an old MagTrace trained was left there. */
export function hasModel({ status, lineage }: TrainingSession): boolean {
  return status === "completed" && lineage.algorithm !== "legacy";
}

/** Sessions one can predict with: the first thousand. */
export const trainedSessionsQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...keys.sessions, projectId, "trained"],
    queryFn: async ({ signal }) => {
      const { rows } = await requestPage<TrainingSession>("training-sessions/", {
        signal,
        query: { project_id: projectId, limit: 1000 },
      });
      return rows.filter(hasModel).sort((a, b) => b.id - a.id);
    },
  });

export const sessionQuery = (id: number) =>
  queryOptions({
    queryKey: keys.session(id),
    queryFn: ({ signal }) => request<TrainingSession>(`training-sessions/${id}/`, { signal }),
    refetchInterval: (query) => (query.state.data && isUnderWay(query.state.data.status) ? POLL_MS : false),
  });

export function useStartTraining() {
  const client = useQueryClient();
  return useMutation({
    /** Makes the model first where `model` describes a new one. */
    mutationFn: async ({
      model,
      ...start
    }: Omit<StartTraining, "model_id"> & { model: number | CreateModel }) => {
      const modelId =
        typeof model === "number"
          ? model
          : (await request<UserModel>("user-models/", { method: "POST", body: model })).id;
      return request<TrainingSession>("training-sessions/start_training/", {
        method: "POST",
        body: { model_id: modelId, ...start } satisfies StartTraining,
      });
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.sessions }),
        client.invalidateQueries({ queryKey: keys.models }),
      ]),
  });
}

export function useStopTraining(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      request<unknown>(`training-sessions/${id}/stop_training/`, { method: "POST", body: {} }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.session(id) }),
        client.invalidateQueries({ queryKey: keys.sessions }),
      ]),
  });
}

export const generatedName = (projectId: number) =>
  request<{ name: string }>("user-models/generate_intelligent_name/", {
    method: "POST",
    body: { project: projectId },
  });
