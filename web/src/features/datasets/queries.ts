import type { ColumnMapping, Dataset, DatasetStatistics, Reread } from "@magtrace/contracts";
import {
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { type Page, request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";

export const DATASETS_A_PAGE = 50;
/** Events come at once; this is for where they do not get through. */
const POLL_MS = 3000;

const isUnderWay = (dataset: Dataset) => dataset.status === "pending" || dataset.status === "running";

export const datasetsQuery = (projectId: number, page: number) =>
  queryOptions({
    queryKey: [...keys.datasets, projectId, page],
    queryFn: ({ signal }) =>
      requestPage<Dataset>("datasets/", {
        signal,
        query: { project_id: projectId, limit: DATASETS_A_PAGE, offset: (page - 1) * DATASETS_A_PAGE },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.rows.some(isUnderWay) ? POLL_MS : false),
  });

/** All datasets of a project that can be read, for choosing among them: the first thousand. */
export const datasetChoicesQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...keys.datasets, projectId, "choices"],
    queryFn: async ({ signal }) => {
      const page = await requestPage<Dataset>("datasets/", {
        signal,
        query: { project_id: projectId, limit: 1000 },
      });
      return page.rows.filter((dataset) => dataset.processed);
    },
  });

export const datasetQuery = (id: number) =>
  queryOptions({
    queryKey: keys.dataset(id),
    queryFn: ({ signal }) => request<Dataset>(`datasets/${id}/`, { signal }),
    refetchInterval: (query) => (query.state.data && isUnderWay(query.state.data) ? POLL_MS : false),
  });

/** A dataset as the list had it: the page opens with it at once and asks again behind it. */
export function listedDataset(client: QueryClient, id: number) {
  for (const [, page] of client.getQueriesData<Page<Dataset>>({ queryKey: keys.datasets })) {
    const listed = Array.isArray(page?.rows) ? page.rows.find((dataset) => dataset.id === id) : undefined;
    if (listed !== undefined) return { initialData: listed, initialDataUpdatedAt: 0 };
  }
  return {};
}

export const datasetStatisticsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.datasetStatistics(id),
    queryFn: ({ signal }) => request<DatasetStatistics>(`datasets/${id}/statistics/`, { signal }),
    // Readings change only where the file is read again, and events tell that.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const qualityQuery = (id: number) =>
  queryOptions({
    queryKey: keys.quality(id),
    queryFn: ({ signal }) => request<Record<string, unknown>>(`datasets/${id}/quality/`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Has a file read whose reading failed: by this mapping, or as before where there is none. */
export function useRetryReading(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (mapping?: ColumnMapping) =>
      request<Dataset>(`datasets/${id}/retry/`, { method: "POST", body: mapping ? { mapping } : {} }),
    onSuccess: (dataset) => client.setQueryData(keys.dataset(id), dataset),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.dataset(id) }),
        client.invalidateQueries({ queryKey: keys.datasets }),
      ]),
  });
}

const REREADS_SHOWN = 20;

/** How the file was read before, the newest first. */
export const rereadsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.rereads(id),
    queryFn: ({ signal }) =>
      requestPage<Reread>(`datasets/${id}/rereads/`, { signal, query: { limit: REREADS_SHOWN } }),
    refetchInterval: (query) =>
      query.state.data?.rows.some(({ finished_at }) => finished_at === null) ? POLL_MS : false,
  });

/** What speaks of the rows of a dataset by their numbers. */
export const rowUsesQuery = (id: number) =>
  queryOptions({
    queryKey: keys.rowUses(id),
    queryFn: async ({ signal }) => {
      const query = { dataset_id: id, limit: 1 };
      const [labels, predictions] = await Promise.all([
        requestPage("annotations/", { signal, query }),
        requestPage("predictions/", { signal, query }),
      ]);
      return { labels: labels.total, predictions: predictions.total };
    },
    staleTime: 0,
  });

export function useDeleteDataset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => request<void>(`datasets/${id}/`, { method: "DELETE" }),
    onSuccess: (_, id) => {
      client.removeQueries({ queryKey: keys.dataset(id) });
      return client.invalidateQueries({ queryKey: keys.datasets });
    },
  });
}
