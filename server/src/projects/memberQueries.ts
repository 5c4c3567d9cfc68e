import type { OrganizationRole, ProjectMember, ProjectRole } from "@magtrace/contracts";
import { sql } from "kysely";
import type { ProjectRef } from "../access/policy.ts";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import type { Transaction } from "../platform/database/transaction.ts";

interface MemberRow {
  user_id: number;
  name: string;
  email: string;
  role: ProjectRole;
  by_organization: boolean;
}

function memberOf({ user_id, ...row }: MemberRow): ProjectMember {
  return { user: user_id, ...row };
}

/** The organisation's owners and admins, who are owners of each of its projects, and whom the project names. */
const membersOf = ({ projectId, organizationId }: ProjectRef) => sql<MemberRow>`
  SELECT c.id AS user_id, c.name, c.email, c.role <> 'member' AS by_organization,
    CASE WHEN c.role <> 'member' THEN 'owner' ELSE m.role END AS role
  FROM colleagues c
  LEFT JOIN project_members m ON m.user_id = c.id AND m.project_id = ${projectId}
  WHERE c.organization_id = ${organizationId} AND (m.role IS NOT NULL OR c.role <> 'member')`;

export async function listMembers(
  tx: Transaction,
  projectRef: ProjectRef,
  page: PageRequest,
): Promise<Page<ProjectMember>> {
  const { limit, offset } = pageBounds(page);
  const found = await tx.rows<MemberRow>(
    sql`${membersOf(projectRef)} ORDER BY c.id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM (${membersOf(projectRef)}) AS members`,
  );
  return { rows: found.map(memberOf), total };
}

export async function readMember(
  tx: Transaction,
  projectRef: ProjectRef,
  userId: number,
): Promise<ProjectMember> {
  return memberOf(await tx.one<MemberRow>(sql`${membersOf(projectRef)} AND c.id = ${userId}`));
}

/** What somebody is in the project's organisation; undefined for nothing. */
export async function colleagueRole(
  tx: Transaction,
  { organizationId }: ProjectRef,
  userId: number,
): Promise<OrganizationRole | undefined> {
  const row = await tx.row<{ role: OrganizationRole }>(
    sql`SELECT role FROM colleagues WHERE organization_id = ${organizationId} AND id = ${userId}`,
  );
  return row?.role;
}

/** @returns false where they were not named in it. */
export async function removeMember(
  tx: Transaction,
  { projectId }: ProjectRef,
  userId: number,
): Promise<boolean> {
  return (
    (await tx.run(
      sql`DELETE FROM project_members WHERE project_id = ${projectId} AND user_id = ${userId}`,
    )) === 1
  );
}

/** Changes the role of somebody who is named in the project, and of nobody else. */
export async function changeRole(
  tx: Transaction,
  { projectId }: ProjectRef,
  userId: number,
  role: ProjectRole,
): Promise<void> {
  await tx.run(
    sql`UPDATE project_members SET role = ${role} WHERE project_id = ${projectId} AND user_id = ${userId}`,
  );
}
