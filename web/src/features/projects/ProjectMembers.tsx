import type { Project, ProjectMember } from "@magtrace/contracts";
import { Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMayWrite, useMe } from "../../app/session.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { AddProjectMember } from "./AddProjectMember.tsx";
import { ProjectMemberRow } from "./ProjectMemberRow.tsx";
import { projectMembersQuery } from "./queries.ts";

interface ProjectMembersProps {
  project: Project;
  mayOwn: boolean;
}

/** Who is in a project, and what they may do in it. */
export function ProjectMembers({ project, mayOwn }: ProjectMembersProps) {
  const members = useQuery(projectMembersQuery(project.id));
  return (
    <Stack gap="xs">
      <Title order={2}>Members</Title>
      <Text size="sm" c="dimmed">
        Owners do everything, collaborators upload, label, train and review, viewers look and export. Owners
        and admins of the organisation are owners of all its projects.
        {mayOwn ? "" : " Only owners change who is in the project."}
      </Text>
      {members.isPending ? (
        <LoadingBlock what="the members" />
      ) : members.isError ? (
        <ErrorNotice
          title="The members could not be loaded"
          error={members.error}
          onRetry={() => void members.refetch()}
        />
      ) : (
        <>
          <MemberTable project={project} members={members.data.rows} mayOwn={mayOwn} />
          {mayOwn ? <AddProjectMember project={project} members={members.data.rows} /> : null}
        </>
      )}
    </Stack>
  );
}

function MemberTable({ project, members, mayOwn }: ProjectMembersProps & { members: ProjectMember[] }) {
  const me = useMe();
  const mayLeave = useMayWrite();
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table withTableBorder verticalSpacing={6} aria-label="Members of the project">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>
              <span className="visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {members.map((member) => (
            <ProjectMemberRow
              key={member.user}
              project={project}
              member={member}
              isOneself={member.user === me?.id}
              mayOwn={mayOwn}
              mayLeave={mayLeave}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
