import type { User } from "@magtrace/contracts";
import { Group, Table, Text } from "@mantine/core";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { showDone, showFailure } from "../../ui/notify.ts";
import { Mark, PersonCell } from "../../ui/PersonCell.tsx";
import { RoleSelect } from "../../ui/RoleSelect.tsx";
import { roleWords } from "../../ui/roleWords.ts";
import { INSTALLATION_ROLES, useSignOutUser, useUpdateUser } from "./queries.ts";

interface UserRowProps {
  user: User;
  isOneself: boolean;
}

export function UserRow({ user, isOneself }: UserRowProps) {
  const update = useUpdateUser(user.id);
  return (
    <Table.Tr>
      <PersonCell
        name={user.name}
        email={user.email}
        marks={
          <>
            {isOneself ? <Mark text="you" /> : null}
            {user.disabled ? <Mark text="disabled" color="red" /> : null}
            {user.email_verified ? null : <Mark text="address not confirmed" color="yellow" />}
          </>
        }
      />
      <Table.Td>
        {isOneself ? (
          user.role
        ) : (
          <RoleSelect
            label={`Role of ${user.name}`}
            role={user.role}
            roles={INSTALLATION_ROLES}
            isPending={update.isPending}
            onRole={(role) =>
              update.mutate(
                { role },
                {
                  onSuccess: () => showDone(`${user.name} is ${roleWords(role)} now.`),
                  onError: (error) => showFailure("The role was not changed", errorSentence(error)),
                },
              )
            }
          />
        )}
      </Table.Td>
      <Table.Td>
        {user.organizations.length === 0 ? (
          <Text size="sm" c="dimmed">
            none
          </Text>
        ) : (
          user.organizations.map((organization) => (
            <Text size="sm" key={organization.id}>
              {organization.name} ({organization.role})
            </Text>
          ))
        )}
      </Table.Td>
      <Table.Td>{user.two_factor ? "on" : "off"}</Table.Td>
      <Table.Td className="one-line">
        {user.last_seen_at === null ? "never" : formatMoment(user.last_seen_at)}
      </Table.Td>
      <Table.Td ta="right">
        {isOneself ? null : (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <SignOutButton user={user} />
            <AbleButton user={user} />
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function SignOutButton({ user }: { user: User }) {
  const signOut = useSignOutUser(user.id);
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      loading={signOut.isPending}
      aria-label={`Sign ${user.name} out`}
      question={`Sign ${user.name} out everywhere?`}
      consequence="All their browsers have to sign in again. Their tokens keep working: disable the account to stop those too."
      confirmLabel="Sign them out"
      onConfirm={() =>
        signOut.mutate(undefined, {
          onSuccess: () => showDone(`${user.name} is signed out everywhere.`),
          onError: (error) => showFailure("They are still signed in", errorSentence(error)),
        })
      }
    >
      Sign out
    </ConfirmButton>
  );
}

function AbleButton({ user }: { user: User }) {
  const update = useUpdateUser(user.id);
  const disable = !user.disabled;
  return (
    <ConfirmButton
      size="compact-xs"
      variant="subtle"
      color={disable ? "red" : "teal"}
      loading={update.isPending}
      aria-label={`${disable ? "Disable" : "Enable"} ${user.name}`}
      question={disable ? `Disable ${user.name}?` : `Enable ${user.name} again?`}
      consequence={
        disable
          ? "They are signed out at once and can do nothing here, by browser or token, until they are enabled again."
          : "They can sign in again with what they had, and their tokens work again."
      }
      confirmLabel={disable ? "Disable the account" : "Enable the account"}
      confirmColor={disable ? "red" : "steel"}
      onConfirm={() =>
        update.mutate(
          { disabled: disable },
          {
            onSuccess: () => showDone(`${user.name} is ${disable ? "disabled" : "enabled"}.`),
            onError: (error) => showFailure("The account was not changed", errorSentence(error)),
          },
        )
      }
    >
      {disable ? "Disable" : "Enable"}
    </ConfirmButton>
  );
}
