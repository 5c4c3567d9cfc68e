import { Container, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useMe } from "../../app/session.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { MemberRow } from "./MemberRow.tsx";
import { MEMBERS_A_PAGE, membersQuery, useOrganizationRights } from "./queries.ts";

/** Who is in an organisation, and what they may do in it. */
export function MembersPage() {
  const { organizationId } = useParams({ from: "/signed-in/organizations/$organizationId/" });
  const [page, setPage] = useState(1);
  const me = useMe();
  const members = useQuery(membersQuery(organizationId, page));
  const rights = useOrganizationRights(organizationId);

  return (
    <Container size="lg" py="md">
      <Stack gap="md">
        <Group justify="space-between">
          <PageHeading>Members</PageHeading>
          {rights.mayManage ? (
            <LinkButton to="/organizations/$organizationId/invitations" params={{ organizationId }}>
              Invite somebody
            </LinkButton>
          ) : null}
        </Group>
        {rights.mayManage ? null : (
          <Text size="sm" c="dimmed">
            Owners and admins invite people and set what they may do.
          </Text>
        )}
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
            <Table.ScrollContainer minWidth={640}>
              <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Members">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Role</Table.Th>
                    <Table.Th>Two-factor</Table.Th>
                    <Table.Th>Since</Table.Th>
                    <Table.Th>
                      <span className="visually-hidden">Actions</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {members.data.rows.map((member) => (
                    <MemberRow
                      key={member.user}
                      organizationId={organizationId}
                      member={member}
                      isOneself={member.user === me?.id}
                      rights={rights}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Pager
              what="members"
              page={page}
              pageSize={MEMBERS_A_PAGE}
              total={members.data.total}
              onPage={setPage}
            />
          </>
        )}
      </Stack>
    </Container>
  );
}
