import type { OrganizationMember } from "@magtrace/contracts";
import { Group, Table } from "@mantine/core";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { showDone, showFailure } from "../../ui/notify.ts";
import { Mark, PersonCell } from "../../ui/PersonCell.tsx";
import { RoleSelect } from "../../ui/RoleSelect.tsx";
import { roleWords } from "../../ui/roleWords.ts";
import { useRemoveMember, useSetMember, useTransferOrganization } from "./queries.ts";
import { mayChangeMember, type OrganizationRights, rolesToGive } from "./rights.ts";

interface MemberRowProps {
  organizationId: number;
  member: OrganizationMember;
  isOneself: boolean;
  rights: OrganizationRights;
}

export function MemberRow({ organizationId, member, isOneself, rights }: MemberRowProps) {
  const setMember = useSetMember(organizationId);
  const mayChange = mayChangeMember(rights, member.role);
  return (
    <Table.Tr>
      <PersonCell
        name={member.name}
        email={member.email}
        marks={
          <>
            {isOneself ? <Mark text="you" /> : null}
            {member.disabled ? <Mark text="disabled" color="red" /> : null}
          </>
        }
      />
      <Table.Td>
        {mayChange && !isOneself ? (
          <RoleSelect
            label={`Role of ${member.name}`}
            role={member.role}
            roles={rolesToGive(rights)}
            isPending={setMember.isPending}
            onRole={(role) =>
              setMember.mutate(
                { user: member.user, role },
                {
                  onSuccess: () => showDone(`${member.name} is ${roleWords(role)} now.`),
                  onError: (error) => showFailure("The role was not changed", errorSentence(error)),
                },
              )
            }
          />
        ) : (
          member.role
        )}
      </Table.Td>
      <Table.Td>{member.two_factor ? "on" : "off"}</Table.Td>
      <Table.Td className="one-line">{formatMoment(member.created_at)}</Table.Td>
      <Table.Td ta="right">
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {rights.mayOwn && !isOneself && member.role !== "owner" && !member.disabled ? (
            <TransferButton organizationId={organizationId} member={member} />
          ) : null}
          {mayChange && !isOneself ? <RemoveButton organizationId={organizationId} member={member} /> : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

interface ButtonProps {
  organizationId: number;
  member: OrganizationMember;
}

function TransferButton({ organizationId, member }: ButtonProps) {
  const transfer = useTransferOrganization(organizationId);
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      loading={transfer.isPending}
      aria-label={`Transfer ownership to ${member.name}`}
      question={`Transfer ownership to ${member.name}?`}
      consequence="They become owner in your place. You stay an admin, and only an owner can make you one again."
      confirmLabel="Transfer ownership"
      onConfirm={() =>
        transfer.mutate(member.user, {
          onSuccess: () => showDone(`${member.name} is the owner now.`),
          onError: (error) => showFailure("Ownership was not transferred", errorSentence(error)),
        })
      }
    >
      Transfer ownership
    </ConfirmButton>
  );
}

function RemoveButton({ organizationId, member }: ButtonProps) {
  const remove = useRemoveMember(organizationId);
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      color="red"
      loading={remove.isPending}
      aria-label={`Remove ${member.name}`}
      question={`Remove ${member.name}?`}
      consequence="They lose all projects of the organisation at once, and their tokens for them stop working. What they made stays."
      confirmLabel="Remove"
      onConfirm={() =>
        remove.mutate(member.user, {
          onSuccess: () => showDone(`${member.name} is no longer a member.`),
          onError: (error) => showFailure("They are still a member", errorSentence(error)),
        })
      }
    >
      Remove
    </ConfirmButton>
  );
}
