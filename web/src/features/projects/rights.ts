import type { Project } from "@magtrace/contracts";
import { useQuery } from "@tanstack/react-query";
import { useMayWrite } from "../../app/session.ts";
import { projectQuery } from "./queries.ts";

export interface Rights {
  /** Upload, label, train, predict, review. */
  readonly mayEdit: boolean;
  /** Rename and delete the project. */
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
