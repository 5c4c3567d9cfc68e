import type { Organization } from "@magtrace/contracts";
import { Button, Container, Group, Modal, Stack, Table } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { formatCount } from "../../ui/formatNumber.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { NewOrganization } from "./NewOrganization.tsx";
import { PutMember } from "./PutMember.tsx";
import { allOrganizationsQuery, ORGANIZATIONS_A_PAGE } from "./queries.ts";

/** All organisations of the installation; what is in them is for their members alone. */
export function OrganizationsPage() {
  const [page, setPage] = useState(1);
  const [opened, { open, close }] = useDisclosure(false);
  const organizations = useQuery(allOrganizationsQuery(page));

  return (
    <Container size="lg" py="md">
      <Stack gap="md">
        <Group justify="space-between">
          <PageHeading>Organisations</PageHeading>
          <Button onClick={open}>New organisation</Button>
        </Group>
        {organizations.isPending ? (
          <LoadingBlock what="the organisations" />
        ) : organizations.isError ? (
          <ErrorNotice
            title="The organisations could not be loaded"
            error={organizations.error}
            onRetry={() => void organizations.refetch()}
          />
        ) : organizations.data.total === 0 ? (
          <EmptyState title="No organisations" hint="Projects belong to organisations. Make one." />
        ) : (
          <>
            <Table.ScrollContainer minWidth={640}>
              <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Organisations">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th ta="right">Members</Table.Th>
                    <Table.Th>You are</Table.Th>
                    <Table.Th>Requires two-factor</Table.Th>
                    <Table.Th>Since</Table.Th>
                    <Table.Th>
                      <span className="visually-hidden">Actions</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {organizations.data.rows.map((organization) => (
                    <OrganizationRow key={organization.id} organization={organization} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Pager
              what="organisations"
              page={page}
              pageSize={ORGANIZATIONS_A_PAGE}
              total={organizations.data.total}
              onPage={setPage}
            />
          </>
        )}
      </Stack>
      <Modal opened={opened} onClose={close} title="New organisation">
        <NewOrganization onDone={close} />
      </Modal>
    </Container>
  );
}

function OrganizationRow({ organization }: { organization: Organization }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <Table.Tr>
      <Table.Td>
        {organization.role === null ? (
          organization.name
        ) : (
          <Link
            to="/organizations/$organizationId"
            params={{ organizationId: organization.id }}
            className="quiet-link"
          >
            {organization.name}
          </Link>
        )}
      </Table.Td>
      <Table.Td ta="right">{formatCount(organization.members)}</Table.Td>
      <Table.Td>{organization.role ?? "not in it"}</Table.Td>
      <Table.Td>{organization.require_two_factor ? "yes" : "no"}</Table.Td>
      <Table.Td className="one-line">{formatMoment(organization.created_at)}</Table.Td>
      <Table.Td ta="right">
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`Set a member of ${organization.name}`}
          onClick={open}
        >
          Set a member
        </Button>
        <Modal opened={opened} onClose={close} title={`Set a member of ${organization.name}`}>
          <PutMember organization={organization} onDone={close} />
        </Modal>
      </Table.Td>
    </Table.Tr>
  );
}
