import Type, { type Static } from "typebox";
import { ProjectRole } from "./accounts.ts";
import { Id } from "./common.ts";

/** Who is in a project. Owners and admins of its organisation are, without being named. */
export const ProjectMember = Type.Object({
  user: Id,
  name: Type.String(),
  email: Type.String(),
  role: ProjectRole,
  by_organization: Type.Boolean({ description: "An owner because of their role in the organisation." }),
});
export type ProjectMember = Static<typeof ProjectMember>;

export const SetProjectMember = Type.Object({ role: ProjectRole });
export type SetProjectMember = Static<typeof SetProjectMember>;
