import type { Me } from "@magtrace/contracts";
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { showDone, showFailure } from "../../ui/notify.ts";
import { signInOptionsQuery } from "../signIn/queries.ts";
import { useSendVerification, useUpdateMe } from "./queries.ts";

export function ProfileForm({ me, mayWrite }: { me: Me; mayWrite: boolean }) {
  const update = useUpdateMe();
  const sendsMail = useQuery(signInOptionsQuery).data?.mail === true;
  const [name, setName] = useState(me.name);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return;
    update.mutate({ name }, { onSuccess: () => showDone("Your name is saved.") });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {me.email_verified === false && sendsMail ? <UnconfirmedAddress email={me.email} /> : null}
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Your name"
            description="As the others see it"
            autoComplete="name"
            required={mayWrite}
            readOnly={!mayWrite}
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {mayWrite ? (
            <Button type="submit" variant="default" loading={update.isPending} disabled={name === me.name}>
              Save name
            </Button>
          ) : null}
        </Group>
        {update.isError ? <ErrorNotice title="Your name was not saved" error={update.error} /> : null}
      </Stack>
    </form>
  );
}

function UnconfirmedAddress({ email }: { email: string }) {
  const send = useSendVerification();
  return (
    <Alert color="yellow" title="Your address is not confirmed yet" role="note">
      <Text size="sm">Open the link that was sent to {email}.</Text>
      <Button
        mt="xs"
        size="compact-sm"
        variant="light"
        loading={send.isPending}
        disabled={send.isSuccess}
        onClick={() =>
          send.mutate(email, {
            onSuccess: () => showDone("A new link is on its way."),
            onError: (error) => showFailure("No link was sent", errorSentence(error)),
          })
        }
      >
        Send a new link
      </Button>
    </Alert>
  );
}
