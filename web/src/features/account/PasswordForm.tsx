import { Button, Group, PasswordInput, Stack, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { flushSync } from "react-dom";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { focusFirstFault } from "../../ui/focusFirstFault.ts";
import { NewPasswordInput, passwordFault } from "../../ui/NewPasswordInput.tsx";
import { showDone } from "../../ui/notify.ts";
import { useChangePassword } from "./queries.ts";

export function PasswordForm({ email }: { email: string }) {
  const change = useChangePassword();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [checked, setChecked] = useState(false);
  const fault = passwordFault(next);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    flushSync(() => setChecked(true));
    if (current === "" || fault !== null) {
      focusFirstFault(event.currentTarget);
      return;
    }
    change.mutate(
      { currentPassword: current, newPassword: next },
      {
        onSuccess: () => {
          setCurrent("");
          setNext("");
          setChecked(false);
          showDone("Your password is changed. Other browsers are signed out.");
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" maw={440}>
        <Title order={2}>Password</Title>
        {/* For password managers: whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          error={checked && current === "" ? "Enter the password you have now." : null}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <NewPasswordInput
          value={next}
          error={checked ? fault : null}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        {change.isError ? <ErrorNotice title="The password was not changed" error={change.error} /> : null}
        <Group>
          <Button type="submit" variant="default" loading={change.isPending}>
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
