import type { Project, ProjectMember } from "@magtrace/contracts";
import { Group, Table } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { showDone, showFailure } from "../../ui/notify.ts";
import { Mark, PersonCell } from "../../ui/PersonCell.tsx";
import { RoleSelect } from "../../ui/RoleSelect.tsx";
import { roleWords } from "../../ui/roleWords.ts";
import {
  useLeaveProject,
  useRemoveProjectMember,
  useSetProjectMember,
  useTransferProject,
} from "./queries.ts";
import { PROJECT_ROLES } from "./rights.ts";

interface ProjectMemberRowProps {
  project: Project;
  member: ProjectMember;
  isOneself: boolean;
  mayOwn: boolean;
  /** Whether their account lets them change anything. */
  mayLeave: boolean;
}

export function ProjectMemberRow({ project, member, isOneself, mayOwn, mayLeave }: ProjectMemberRowProps) {
  const setMember = useSetProjectMember(project.id);
  return (
    <Table.Tr>
      <PersonCell name={member.name} email={member.email} marks={isOneself ? <Mark text="you" /> : null} />
      <Table.Td>
        {member.by_organization ? (
          "owner, by the organisation"
        ) : mayOwn && !isOneself ? (
          <RoleSelect
            label={`Role of ${member.name}`}
            role={member.role}
            roles={PROJECT_ROLES}
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
      <Table.Td ta="right">
        {member.by_organization ? null : (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            {mayOwn && !isOneself && member.role !== "owner" ? (
              <TransferButton project={project} member={member} />
            ) : null}
            {isOneself && mayLeave ? (
              <LeaveButton project={project} member={member} />
            ) : mayOwn && !isOneself ? (
              <RemoveButton project={project} member={member} />
            ) : null}
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

interface ButtonProps {
  project: Project;
  member: ProjectMember;
}

function TransferButton({ project, member }: ButtonProps) {
  const transfer = useTransferProject(project.id);
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      loading={transfer.isPending}
      aria-label={`Transfer ownership to ${member.name}`}
      question={`Transfer ${project.name} to ${member.name}?`}
      consequence="They become owner in your place. You stay a collaborator, unless your role in the organisation makes you an owner."
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

function RemoveButton({ project, member }: ButtonProps) {
  const remove = useRemoveProjectMember(project.id);
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      color="red"
      loading={remove.isPending}
      aria-label={`Remove ${member.name}`}
      question={`Remove ${member.name} from ${project.name}?`}
      consequence="They lose access to the project at once. What they made stays."
      confirmLabel="Remove"
      onConfirm={() =>
        remove.mutate(member.user, {
          onSuccess: () => showDone(`${member.name} is no longer a member of the project.`),
          onError: (error) => showFailure("They are still in the project", errorSentence(error)),
        })
      }
    >
      Remove
    </ConfirmButton>
  );
}

function LeaveButton({ project, member }: ButtonProps) {
  const leave = useLeaveProject(project.id);
  const navigate = useNavigate();
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      color="red"
      loading={leave.isPending}
      aria-label="Leave the project"
      question={`Leave ${project.name}?`}
      consequence="You lose access at once. Only an owner of the project can add you again."
      confirmLabel="Leave the project"
      onConfirm={() =>
        leave.mutate(member.user, {
          onSuccess: () => {
            showDone(`You have left ${project.name}.`);
            void navigate({ to: "/projects" });
          },
          onError: (error) => showFailure("You are still in the project", errorSentence(error)),
        })
      }
    >
      Leave
    </ConfirmButton>
  );
}
