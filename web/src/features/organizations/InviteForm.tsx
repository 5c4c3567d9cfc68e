import type { OrganizationRole } from "@magtrace/contracts";
import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { showDone } from "../../ui/notify.ts";
import { ShownOnce } from "../../ui/ShownOnce.tsx";
import { useInvite } from "./queries.ts";
import { type OrganizationRights, ROLE_WORDS, rolesToGive } from "./rights.ts";

interface InviteFormProps {
  organizationId: number;
  rights: OrganizationRights;
}

export function InviteForm({ organizationId, rights }: InviteFormProps) {
  const invite = useInvite(organizationId);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<OrganizationRole>("member");
  const roles = rolesToGive(rights);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (email === "") return;
    invite.mutate(
      { email, role },
      {
        onSuccess: ({ link }) => {
          setEmail("");
          if (link === null) showDone(`An invitation is on its way to ${email}.`);
        },
      },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label="E-mail of whom to invite"
            type="email"
            autoComplete="off"
            maxLength={254}
            required
            w={300}
            maw="100%"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select
            label="As"
            data={[...roles]}
            value={role}
            onChange={(value) => setRole(roles.find((each) => each === value) ?? "member")}
            allowDeselect={false}
            w={130}
          />
          <Button type="submit" loading={invite.isPending}>
            Invite
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          {role}: {ROLE_WORDS[role]}.
        </Text>
        {invite.isError ? <ErrorNotice title="Nobody was invited" error={invite.error} /> : null}
        {invite.data?.link ? (
          <ShownOnce
            title={`Hand this link to ${invite.data.email}: it is not shown again`}
            hint="This installation sends no mail. Whoever has the link can use it, once."
            value={invite.data.link}
          />
        ) : null}
      </Stack>
    </form>
  );
}
