import type { CreateProject, Project, ProjectStatistics, UpdateProject } from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";

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
