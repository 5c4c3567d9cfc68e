import type { Job, QueueFigures } from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, send } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { CHANGED_BY_OTHERS, refresh } from "../../api/queryClient.ts";
import type { JobSearch } from "./jobSearch.ts";

/** While the page is looked at: in a hidden tab nothing is asked for. */
const ASK_AGAIN_MS = 5_000;
const JOBS_A_PAGE = 50;

export const queuesQuery = queryOptions({
  queryKey: [...keys.jobs, "queues"],
  queryFn: ({ signal }) => request<QueueFigures[]>("admin/jobs/queues/", { signal }),
  staleTime: CHANGED_BY_OTHERS,
  refetchInterval: ASK_AGAIN_MS,
});

export interface JobsPage {
  readonly jobs: Job[];
  /** Where the next page begins, if there is one. */
  readonly next: string | null;
}

export const jobsQuery = ({ queue, state, organization, before }: JobSearch) =>
  queryOptions({
    queryKey: [...keys.jobs, "list", queue, state, organization, before],
    queryFn: async ({ signal }): Promise<JobsPage> => {
      const query = { queue, state, organization_id: organization, before, limit: JOBS_A_PAGE };
      const response = await send("admin/jobs/", { signal, query });
      return { jobs: (await response.json()) as Job[], next: nextOf(response.headers.get("link")) };
    },
    staleTime: CHANGED_BY_OTHERS,
    refetchInterval: ASK_AGAIN_MS,
    placeholderData: keepPreviousData,
  });

/** `before` of the address in `</api/admin/jobs/?before=…>; rel="next"`. */
export function nextOf(link: string | null): string | null {
  const address = link?.match(/<([^>]+)>; rel="next"/)?.[1];
  return address === undefined ? null : new URL(address, "http://localhost").searchParams.get("before");
}

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.jobs, "one", id],
    queryFn: ({ signal }) => request<Job>(`admin/jobs/${id}/`, { signal }),
    staleTime: CHANGED_BY_OTHERS,
    refetchInterval: ASK_AGAIN_MS,
  });

function useJobChange(verb: "retry" | "cancel") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Job>(`admin/jobs/${id}/${verb}/`, { method: "POST" }),
    onSettled: () => refresh(client, [keys.jobs]),
  });
}

export const useRetryJob = () => useJobChange("retry");
export const useCancelJob = () => useJobChange("cancel");
