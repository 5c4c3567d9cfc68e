import type { Project, ProjectRole } from "@magtrace/contracts";
import { useQuery } from "@tanstack/react-query";
import { useMayWrite } from "../../app/session.ts";
import { projectQuery } from "./queries.ts";

export const PROJECT_ROLES: readonly ProjectRole[] = ["owner", "collaborator", "viewer"];

export interface Rights {
  /** Upload, label, train, predict, review. */
  readonly mayEdit: boolean;
  /** Set its members and delete the project. */
  readonly mayOwn: boolean;
}

export function rightsIn(project: Pick<Project, "role"> | undefined, mayWrite: boolean): Rights {
  return {
    mayEdit: mayWrite && (project?.role === "owner" || project?.role === "collaborator"),
    mayOwn: mayWrite && project?.role === "owner",
  };
}

export function useRights(projectId: number): Rights {
  return rightsIn(useQuery(projectQuery(projectId)).data, useMayWrite());
}
