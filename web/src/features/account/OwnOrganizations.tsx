import type { Me, Membership } from "@magtrace/contracts";
import { Badge, Group, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { showDone, showFailure } from "../../ui/notify.ts";
import { useLeaveOrganization } from "../organizations/queries.ts";

export function OwnOrganizations({ me, mayWrite }: { me: Me; mayWrite: boolean }) {
  return (
    <Stack gap="sm">
      <Title order={2}>Organisations</Title>
      {me.organizations.length === 0 ? (
        <Text size="sm" c="dimmed">
          You are in no organisation. Ask the administrator of one to invite you.
        </Text>
      ) : (
        <Table withTableBorder verticalSpacing={6} aria-label="Your organisations">
          <Table.Tbody>
            {me.organizations.map((organization) => (
              <OrganizationRow
                key={organization.id}
                organization={organization}
                userId={me.id}
                mayLeave={mayWrite}
              />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}

interface OrganizationRowProps {
  organization: Membership;
  userId: number;
  mayLeave: boolean;
}

function OrganizationRow({ organization, userId, mayLeave }: OrganizationRowProps) {
  const leave = useLeaveOrganization(organization.id);
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm">
          <Link
            to="/organizations/$organizationId"
            params={{ organizationId: organization.id }}
            className="quiet-link"
          >
            {organization.name}
          </Link>
          <Badge variant="light" color="gray" size="sm" tt="none">
            {organization.role}
          </Badge>
        </Group>
      </Table.Td>
      <Table.Td ta="right">
        {mayLeave ? (
          <ConfirmButton
            size="compact-xs"
            variant="subtle"
            color="red"
            loading={leave.isPending}
            aria-label={`Leave ${organization.name}`}
            question={`Leave ${organization.name}?`}
            consequence="You lose its projects at once. Only a new invitation brings you back. What you made stays."
            confirmLabel="Leave the organisation"
            onConfirm={() =>
              leave.mutate(userId, {
                onSuccess: () => showDone(`You have left ${organization.name}.`),
                onError: (error) => showFailure("You are still in it", errorSentence(error)),
              })
            }
          >
            Leave
          </ConfirmButton>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
