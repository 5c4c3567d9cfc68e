import { Button, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { flushSync } from "react-dom";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { focusFirstFault } from "../../ui/focusFirstFault.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { NewPasswordInput, passwordFault } from "../../ui/NewPasswordInput.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { LinkMissing } from "./LinkMissing.tsx";
import { useLinkToken } from "./linkToken.ts";
import { useResetPassword } from "./queries.ts";

export function ResetPasswordPage() {
  const token = useLinkToken("/reset-password");
  return (
    <FrontPage>
      {token === null ? <LinkMissing title="New password" /> : <NewPasswordForm token={token} />}
    </FrontPage>
  );
}

function NewPasswordForm({ token }: { token: string }) {
  const [newPassword, setNewPassword] = useState("");
  const [checked, setChecked] = useState(false);
  const reset = useResetPassword();
  const fault = passwordFault(newPassword);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    flushSync(() => setChecked(true));
    if (fault === null) reset.mutate({ token, newPassword });
    else focusFirstFault(event.currentTarget);
  }

  if (reset.isSuccess) {
    return (
      <Stack role="status">
        <PageHeading>Your new password is set</PageHeading>
        <Text size="sm">Browsers that were signed in with the old one are signed out.</Text>
        <LinkButton to="/sign-in">Sign in</LinkButton>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <PageHeading>New password</PageHeading>
        <NewPasswordInput
          value={newPassword}
          onChange={(event) => setNewPassword(event.currentTarget.value)}
          error={checked ? fault : null}
        />
        {reset.isError ? (
          <>
            <ErrorNotice title="The password was not changed" error={reset.error} />
            <LinkButton variant="subtle" to="/forgot-password">
              Ask for a new link
            </LinkButton>
          </>
        ) : null}
        <Button type="submit" loading={reset.isPending}>
          Set the password
        </Button>
      </Stack>
    </form>
  );
}
