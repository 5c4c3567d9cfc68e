import { Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { request } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "./FrontPage.tsx";
import { safeNext } from "./safeNext.ts";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => request("auth/sign-in/email", { method: "POST", body: { email, password } }),
    onSuccess: () => {
      client.removeQueries({ queryKey: keys.me });
      router.history.push(safeNext(next));
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (email !== "" && password !== "") signIn.mutate();
  }

  return (
    <FrontPage>
      <form onSubmit={submit}>
        <Stack>
          <Title order={1}>Sign in</Title>
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
          <Button type="submit" loading={signIn.isPending}>
            Sign in
          </Button>
          <Text size="xs" c="dimmed">
            No account? Ask an administrator of this installation to invite you.
          </Text>
        </Stack>
      </form>
    </FrontPage>
  );
}
