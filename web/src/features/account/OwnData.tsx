import { Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { apiUrl } from "../../api/client.ts";
import { forgetPerson } from "../../app/session.ts";
import { showDone } from "../../ui/notify.ts";
import { PasswordPrompt } from "./PasswordPrompt.tsx";
import { useDeleteMe } from "./queries.ts";

/** Taking one's data along, and taking one's leave. */
export function OwnData() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useDeleteMe();
  const [understood, setUnderstood] = useState(false);

  async function leave() {
    forgetPerson(client);
    showDone("Your account is deleted.");
    await navigate({ to: "/sign-in" });
  }

  return (
    <Stack gap="sm">
      <Title order={2}>Your data</Title>
      <Text size="sm" c="dimmed" maw={600}>
        What MagTrace keeps about you: your account, browsers, tokens, memberships and what the audit says you
        did. Projects are exported from their own pages.
      </Text>
      <Group gap="sm">
        <Button component="a" variant="default" href={apiUrl("me/export/")} download>
          Export my data
        </Button>
        <PasswordPrompt
          label="Delete my account"
          color="red"
          question="Delete your account?"
          consequence="You are signed out everywhere, your tokens stop working and you lose all projects. Recordings and labels stay with their organisations."
          confirmLabel="Delete my account"
          failureTitle="Your account was not deleted"
          change={remove}
          onDone={() => void leave()}
          ready={understood}
          choice={
            <Checkbox
              label="I understand that this cannot be undone."
              checked={understood}
              onChange={(event) => setUnderstood(event.currentTarget.checked)}
            />
          }
        />
      </Group>
    </Stack>
  );
}
