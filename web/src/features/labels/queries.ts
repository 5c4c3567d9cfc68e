import type {
  Annotation,
  Category,
  CreateAnnotation,
  CreateCategory,
  ImportedLabels,
  ImportLabels,
  MovedLabels,
  MoveLabels,
  UndoResult,
  UpdateAnnotation,
  UpdateCategory,
} from "@magtrace/contracts";
import {
  type InfiniteData,
  type QueryClient,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { type Page, request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";

const LABELS_A_PAGE = 1000;
/** So many labels are fetched unasked, so that the chart shows all of nearly every dataset. */
const LABELS_UNASKED = 20_000;

export const categoriesQuery = (projectId: number) =>
  queryOptions({
    queryKey: keys.categories(projectId),
    queryFn: async ({ signal }) => {
      const { rows } = await requestPage<Category>("label-categories/", {
        signal,
        query: { project_id: projectId, limit: 1000 },
      });
      return rows.sort((a, b) => a.order - b.order || a.id - b.id);
    },
    staleTime: 60_000,
  });

export interface Labels {
  /** By start. */
  readonly annotations: readonly Annotation[];
  readonly total: number;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly retry: () => void;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

/** The labels of a dataset, page by page in the background; beyond 20,000 only as far as somebody scrolls. */
export function useLabels(datasetId: number): Labels {
  const query = useInfiniteQuery({
    queryKey: keys.annotations(datasetId),
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      requestPage<Annotation>("annotations/", {
        signal,
        query: { dataset_id: datasetId, limit: LABELS_A_PAGE, offset: pageParam },
      }),
    getNextPageParam: (last: Page<Annotation>, pages, offset) => {
      const next = offset + last.rows.length;
      return last.rows.length > 0 && next < (pages[0]?.total ?? 0) ? next : undefined;
    },
  });
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const loaded = data?.pages.reduce((sum, page) => sum + page.rows.length, 0) ?? 0;

  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError && loaded < LABELS_UNASKED) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, loaded, fetchNextPage]);

  const annotations = useMemo(() => {
    // A label that moved from one page to the next while they were read comes twice.
    const byId = new Map<number, Annotation>();
    for (const page of data?.pages ?? []) for (const row of page.rows) byId.set(row.id, row);
    return [...byId.values()].sort((a, b) => a.start_index - b.start_index || a.id - b.id);
  }, [data]);

  return {
    annotations,
    total: Math.max(data?.pages.at(-1)?.total ?? 0, annotations.length),
    isPending: query.isPending,
    error: query.error,
    retry: () => void query.refetch(),
    hasMore: hasNextPage,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
  };
}

type LabelPages = InfiniteData<Page<Annotation>, number>;

/** Changes the labels that are shown without asking for all of them again. */
function editCached(
  client: QueryClient,
  datasetId: number,
  edit: (rows: Annotation[], isLast: boolean) => Annotation[],
): void {
  client.setQueryData<LabelPages>(keys.annotations(datasetId), (data) => {
    if (data === undefined) return data;
    const before = data.pages.reduce((sum, page) => sum + page.rows.length, 0);
    const rows = data.pages.map((page, i) => edit(page.rows, i === data.pages.length - 1));
    const change = rows.reduce((sum, page) => sum + page.length, 0) - before;
    return {
      ...data,
      pages: data.pages.map((page, i) => ({ rows: rows[i] ?? page.rows, total: page.total + change })),
    };
  });
}

/** Making, changing and deleting labels of one dataset. What is shown changes with the server's answer. */
export function useLabelActions(datasetId: number) {
  const client = useQueryClient();
  const reload = () => client.invalidateQueries({ queryKey: keys.annotations(datasetId) });
  return {
    create: useMutation({
      mutationFn: (body: CreateAnnotation) => request<Annotation>("annotations/", { method: "POST", body }),
      onSuccess: (created) =>
        editCached(client, datasetId, (rows, isLast) => (isLast ? [...rows, created] : rows)),
    }),
    update: useMutation({
      mutationFn: ({ id, ...body }: UpdateAnnotation & { id: number }) =>
        request<Annotation>(`annotations/${id}/`, { method: "PATCH", body }),
      // A dragged edge stays where it was dropped while the server is asked.
      onMutate: ({ id, ...fields }) =>
        editCached(client, datasetId, (rows) =>
          rows.map((row) => (row.id === id ? { ...row, ...fields } : row)),
        ),
      onSuccess: (changed) =>
        editCached(client, datasetId, (rows) => rows.map((row) => (row.id === changed.id ? changed : row))),
      onError: reload,
    }),
    remove: useMutation({
      mutationFn: (id: number) => request<void>(`annotations/${id}/`, { method: "DELETE" }),
      onSuccess: (_, id) => editCached(client, datasetId, (rows) => rows.filter((row) => row.id !== id)),
    }),
    undo: useMutation({
      mutationFn: () =>
        request<UndoResult>("annotations/undo/", { method: "POST", body: { dataset: datasetId } }),
      onSuccess: reload,
    }),
    redo: useMutation({
      mutationFn: () =>
        request<UndoResult>("annotations/redo/", { method: "POST", body: { dataset: datasetId } }),
      onSuccess: reload,
    }),
    importLabels: useMutation({
      mutationFn: (body: ImportLabels) =>
        request<ImportedLabels>("annotations/import/", { method: "POST", body }),
      onSuccess: reload,
    }),
  };
}

export type LabelActions = ReturnType<typeof useLabelActions>;

export function useCategoryActions(projectId: number) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.categories(projectId) });
  return {
    create: useMutation({
      mutationFn: (body: CreateCategory) => request<Category>("label-categories/", { method: "POST", body }),
      onSuccess,
    }),
    update: useMutation({
      mutationFn: ({ id, ...body }: UpdateCategory & { id: number }) =>
        request<Category>(`label-categories/${id}/`, { method: "PATCH", body }),
      onSuccess,
    }),
    remove: useMutation({
      /** With an heir its labels are given to that category first. */
      mutationFn: async ({ id, heir }: { id: number; heir: number | null }) => {
        if (heir !== null) {
          const body: MoveLabels = { to: heir };
          await request<MovedLabels>(`label-categories/${id}/move_labels/`, { method: "POST", body });
        }
        await request<void>(`label-categories/${id}/`, { method: "DELETE" });
      },
      onSuccess: () =>
        Promise.all([onSuccess(), client.invalidateQueries({ queryKey: keys.allAnnotations })]),
    }),
  };
}
