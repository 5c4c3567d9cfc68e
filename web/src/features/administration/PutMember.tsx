import type { Organization, OrganizationRole } from "@magtrace/contracts";
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { showDone } from "../../ui/notify.ts";
import { roleWords } from "../../ui/roleWords.ts";
import { usePutMember } from "./queries.ts";
import { UserSelect } from "./UserSelect.tsx";

const ROLES: readonly OrganizationRole[] = ["owner", "admin", "member"];

interface PutMemberProps {
  organization: Organization;
  onDone: () => void;
}

/** For an organisation whose owners are gone: only administrators of the installation may do this. */
export function PutMember({ organization, onDone }: PutMemberProps) {
  const put = usePutMember(organization.id);
  const [user, setUser] = useState<number | null>(null);
  const [role, setRole] = useState<OrganizationRole>("member");

  function submit(event: FormEvent) {
    event.preventDefault();
    if (user === null) return;
    put.mutate(
      { user, role },
      {
        onSuccess: (member) => {
          showDone(`${member.name} is ${roleWords(member.role)} of ${organization.name} now.`);
          onDone();
        },
      },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          Makes somebody a member at once, without an invitation, or changes their role. The organisation’s
          audit records it.
        </Text>
        <UserSelect label="Who" placeholder="name or e-mail" user={user} onUser={setUser} />
        <Select
          label="As"
          data={[...ROLES]}
          value={role}
          onChange={(value) => setRole(ROLES.find((each) => each === value) ?? "member")}
          allowDeselect={false}
        />
        {put.isError ? <ErrorNotice title="Nothing was changed" error={put.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={put.isPending} disabled={user === null}>
            Set the member
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
