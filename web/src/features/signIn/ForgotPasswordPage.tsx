import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { useSecondsLeft } from "../../ui/useSecondsLeft.ts";
import { waitWords } from "../../ui/waitWords.ts";
import { MailSent } from "./MailSent.tsx";
import { useRequestReset } from "./queries.ts";

export function ForgotPasswordPage() {
  const [email, setEmail] = useState("");
  const ask = useRequestReset();
  const secondsLeft = useSecondsLeft(ask.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (email !== "" && secondsLeft === 0) ask.mutate(email);
  }

  return (
    <FrontPage>
      {ask.isSuccess ? (
        <MailSent address={email}>
          If this address has an account, a link to set a new password is on its way. It works for one hour.
        </MailSent>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <PageHeading>Forgotten password</PageHeading>
            <Text size="sm">
              Enter the address of your account. A link to set a new password is sent there.
            </Text>
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              maxLength={254}
              required
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            {ask.isError ? <ErrorNotice title="No link was sent" error={ask.error} /> : null}
            <Button type="submit" loading={ask.isPending} disabled={secondsLeft > 0}>
              {secondsLeft > 0 ? `Send the link (wait ${waitWords(secondsLeft)})` : "Send the link"}
            </Button>
            <LinkButton variant="subtle" to="/sign-in">
              Back
            </LinkButton>
          </Stack>
        </form>
      )}
    </FrontPage>
  );
}
