import type { CreateReadingProfile, ReadingProfile, UpdateReadingProfile } from "@magtrace/contracts";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { CHANGED_BY_OTHERS, refresh } from "../../api/queryClient.ts";

/** More than a project may have. */
const ALL = 1000;

export const readingProfilesQuery = (projectId: number) =>
  queryOptions({
    queryKey: keys.readingProfiles(projectId),
    queryFn: async ({ signal }) => {
      const query = { project_id: projectId, limit: ALL };
      return (await requestPage<ReadingProfile>("reading-profiles/", { signal, query })).rows;
    },
    staleTime: CHANGED_BY_OTHERS,
  });

export const createProfile = (body: CreateReadingProfile) =>
  request<ReadingProfile>("reading-profiles/", { method: "POST", body });

export function useProfileActions(projectId: number) {
  const client = useQueryClient();
  const onSettled = () => refresh(client, [keys.readingProfiles(projectId)]);
  return {
    create: useMutation({ mutationFn: createProfile, onSettled }),
    update: useMutation({
      mutationFn: ({ id, ...body }: UpdateReadingProfile & { id: number }) =>
        request<ReadingProfile>(`reading-profiles/${id}/`, { method: "PATCH", body }),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (id: number) => request<void>(`reading-profiles/${id}/`, { method: "DELETE" }),
      onSettled,
    }),
    reload: onSettled,
  };
}
