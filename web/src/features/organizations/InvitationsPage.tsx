import type { Invitation } from "@magtrace/contracts";
import { Container, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showDone, showFailure } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { InviteForm } from "./InviteForm.tsx";
import { invitationsQuery, useOrganizationRights, useRevokeInvitation } from "./queries.ts";

/** Who has been asked to join and has not yet. */
export function InvitationsPage() {
  const { organizationId } = useParams({ from: "/signed-in/organizations/$organizationId/invitations" });
  const rights = useOrganizationRights(organizationId);
  return (
    <Container size="lg" py="md">
      <Stack gap="md">
        <PageHeading>Invitations</PageHeading>
        {rights.mayManage ? (
          <>
            <InviteForm organizationId={organizationId} rights={rights} />
            <OpenInvitations organizationId={organizationId} />
          </>
        ) : (
          <Text size="sm" c="dimmed">
            Only owners and admins of the organisation invite people.
          </Text>
        )}
      </Stack>
    </Container>
  );
}

function OpenInvitations({ organizationId }: { organizationId: number }) {
  const invitations = useQuery(invitationsQuery(organizationId));
  if (invitations.isPending) return <LoadingBlock what="the invitations" />;
  if (invitations.isError) {
    return (
      <ErrorNotice
        title="The invitations could not be loaded"
        error={invitations.error}
        onRetry={() => void invitations.refetch()}
      />
    );
  }
  if (invitations.data.length === 0) {
    return (
      <EmptyState title="No open invitations" hint="Whoever is invited is listed here until they join." />
    );
  }
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table withTableBorder verticalSpacing={6} aria-label="Open invitations">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Address</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>Invited by</Table.Th>
            <Table.Th>Sent</Table.Th>
            <Table.Th>Good until</Table.Th>
            <Table.Th>
              <span className="visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {invitations.data.map((invitation) => (
            <InvitationRow key={invitation.id} organizationId={organizationId} invitation={invitation} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface InvitationRowProps {
  organizationId: number;
  invitation: Invitation;
}

function InvitationRow({ organizationId, invitation }: InvitationRowProps) {
  const revoke = useRevokeInvitation(organizationId);
  return (
    <Table.Tr>
      <Table.Td>{invitation.email}</Table.Td>
      <Table.Td>{invitation.role}</Table.Td>
      <Table.Td>{invitation.invited_by ?? "–"}</Table.Td>
      <Table.Td className="one-line">{formatMoment(invitation.created_at)}</Table.Td>
      <Table.Td className="one-line">{formatMoment(invitation.expires_at)}</Table.Td>
      <Table.Td ta="right">
        <ConfirmButton
          size="compact-xs"
          variant="subtle"
          color="red"
          loading={revoke.isPending}
          aria-label={`Take back the invitation of ${invitation.email}`}
          question={`Take back the invitation of ${invitation.email}?`}
          consequence="The link they were sent stops working."
          confirmLabel="Take it back"
          onConfirm={() =>
            revoke.mutate(invitation.id, {
              onSuccess: () => showDone("The invitation is revoked."),
              onError: (error) => showFailure("The invitation was not revoked", errorSentence(error)),
            })
          }
        >
          Take back
        </ConfirmButton>
      </Table.Td>
    </Table.Tr>
  );
}
