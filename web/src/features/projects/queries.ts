import type {
  CreateProject,
  Project,
  ProjectMember,
  ProjectRole,
  ProjectStatistics,
  UpdateProject,
} from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { CHANGED_BY_OTHERS, refresh } from "../../api/queryClient.ts";

export const PROJECTS_A_PAGE = 50;

export const projectsQuery = (page: number) =>
  queryOptions({
    queryKey: [...keys.projects, page],
    queryFn: ({ signal }) =>
      requestPage<Project>("projects/", {
        signal,
        query: { limit: PROJECTS_A_PAGE, offset: (page - 1) * PROJECTS_A_PAGE },
      }),
    placeholderData: keepPreviousData,
  });

export const projectQuery = (id: number) =>
  queryOptions({
    queryKey: keys.project(id),
    queryFn: ({ signal }) => request<Project>(`projects/${id}/`, { signal }),
  });

export const projectStatisticsQuery = (id: number) =>
  queryOptions({
    queryKey: keys.projectStatistics(id),
    queryFn: ({ signal }) => request<ProjectStatistics>(`projects/${id}/statistics/`, { signal }),
  });

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateProject) => request<Project>("projects/", { method: "POST", body }),
    onSuccess: (project) => {
      client.setQueryData(keys.project(project.id), project);
      return client.invalidateQueries({ queryKey: keys.projects });
    },
  });
}

export function useUpdateProject(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateProject) => request<Project>(`projects/${id}/`, { method: "PATCH", body }),
    onSuccess: (project) => {
      client.setQueryData(keys.project(id), project);
      return client.invalidateQueries({ queryKey: keys.projects });
    },
  });
}

export function useDeleteProject(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>(`projects/${id}/`, { method: "DELETE" }),
    onSuccess: () => {
      client.removeQueries({ queryKey: keys.project(id) });
      return client.invalidateQueries({ queryKey: keys.projects });
    },
  });
}

/** Enough to choose from; what is beyond is found on the projects page. */
const MOST_CHOICES = 500;

export const projectChoicesQuery = queryOptions({
  queryKey: [...keys.projects, "choices"],
  queryFn: ({ signal }) => requestPage<Project>("projects/", { signal, query: { limit: MOST_CHOICES } }),
});

export const projectMembersQuery = (id: number) =>
  queryOptions({
    staleTime: CHANGED_BY_OTHERS,
    queryKey: keys.projectMembers(id),
    queryFn: ({ signal }) =>
      requestPage<ProjectMember>(`projects/${id}/members/`, { signal, query: { limit: MOST_CHOICES } }),
  });

/** A change of members may be one of one's own role: the project is asked for again with them. */
function useMembersChange<Body, Answer>(id: number, change: (body: Body) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => refresh(client, [keys.project(id), keys.projects]),
  });
}

export const useSetProjectMember = (id: number) =>
  useMembersChange(id, ({ user, role }: { user: number; role: ProjectRole }) =>
    request<ProjectMember>(`projects/${id}/members/${user}/`, { method: "PUT", body: { role } }),
  );

export const useRemoveProjectMember = (id: number) =>
  useMembersChange(id, (user: number) =>
    request<void>(`projects/${id}/members/${user}/`, { method: "DELETE" }),
  );

export const useTransferProject = (id: number) =>
  useMembersChange(id, (user: number) =>
    request<Project>(`projects/${id}/transfer/`, { method: "POST", body: { user } }),
  );

export function useLeaveProject(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (user: number) => request<void>(`projects/${id}/members/${user}/`, { method: "DELETE" }),
    onSuccess: () => {
      client.removeQueries({ queryKey: keys.project(id) });
      refresh(client, [keys.projects]);
    },
  });
}
