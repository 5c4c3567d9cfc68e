import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { useSecondsLeft } from "../../ui/useSecondsLeft.ts";
import { waitWords } from "../../ui/waitWords.ts";
import { useSignIn } from "./queries.ts";

interface PasswordStepProps {
  onSignedIn: () => void;
  /** The password was right and a second factor is asked for. */
  onSecondStep: () => void;
}

export function PasswordStep({ onSignedIn, onSecondStep }: PasswordStepProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  const secondsLeft = useSecondsLeft(signIn.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (email === "" || password === "" || secondsLeft > 0) return;
    signIn.mutate(
      { email, password },
      { onSuccess: (answer) => (answer?.twoFactorRedirect ? onSecondStep() : onSignedIn()) },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {signIn.isError ? <ErrorNotice title="You are not signed in" error={signIn.error} /> : null}
        <Button type="submit" loading={signIn.isPending} disabled={secondsLeft > 0}>
          {secondsLeft > 0 ? `Sign in (wait ${waitWords(secondsLeft)})` : "Sign in"}
        </Button>
      </Stack>
    </form>
  );
}
