import type { Setup } from "@magtrace/contracts";
import { Alert, Button, Code, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { flushSync } from "react-dom";
import { request } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { setupQuery } from "../../app/session.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { focusFirstFault } from "../../ui/focusFirstFault.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { NewPasswordInput, passwordFault } from "../../ui/NewPasswordInput.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { useLinkToken } from "../signIn/linkToken.ts";

/** The first administrator, made with the token of the link that `npm start` printed. */
export function SetupPage() {
  const token = useLinkToken("/setup");
  const state = useQuery(setupQuery);
  if (state.isPending) return <LoadingBlock what="the set-up" />;
  if (state.isError) {
    return (
      <FrontPage>
        <ErrorNotice
          title="MagTrace does not answer"
          error={state.error}
          onRetry={() => void state.refetch()}
        />
      </FrontPage>
    );
  }
  return (
    <FrontPage>
      {!state.data.needed ? (
        <Stack>
          <PageHeading>MagTrace is set up</PageHeading>
          <Text>Its first administrator exists already.</Text>
          <LinkButton to="/sign-in">Sign in</LinkButton>
        </Stack>
      ) : token === null ? (
        <Stack>
          <PageHeading>Set up MagTrace</PageHeading>
          <Text>
            Open the set-up link that was printed where MagTrace was started. It ends in <Code>?token=…</Code>{" "}
            and proves that you run this installation.
          </Text>
          <Text c="dimmed" size="sm">
            Lost it? Start MagTrace again: it prints a new one until there is an administrator.
          </Text>
        </Stack>
      ) : (
        <SetupForm token={token} />
      )}
    </FrontPage>
  );
}

function SetupForm({ token }: { token: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [fields, setFields] = useState({ name: "", email: "", password: "", organization: "" });
  const [checked, setChecked] = useState(false);
  const setUp = useMutation({
    mutationFn: (body: Setup) => request("setup/", { method: "POST", body }),
    onSuccess: async () => {
      client.removeQueries({ queryKey: keys.me });
      client.setQueryData(keys.setup, { needed: false });
      await navigate({ to: "/projects" });
    },
  });
  const faults = {
    name: fields.name.trim() === "" ? "Say who you are." : null,
    email: /^\S+@\S+$/.test(fields.email) ? null : "Enter an e-mail address.",
    password: passwordFault(fields.password),
    organization: fields.organization.trim() === "" ? "Name your team or institute." : null,
  };

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    flushSync(() => setChecked(true));
    if (Object.values(faults).some((fault) => fault !== null)) focusFirstFault(event.currentTarget);
    else setUp.mutate({ token, ...fields });
  }

  const field = (name: keyof typeof fields) => ({
    value: fields[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setFields((before) => ({ ...before, [name]: value }));
    },
    error: checked ? faults[name] : null,
    required: true,
  });

  return (
    <Paper component="form" onSubmit={submit} noValidate>
      <Stack>
        <PageHeading>Set up MagTrace</PageHeading>
        <Text size="sm" c="dimmed">
          You become the administrator of this installation and the owner of its first organisation.
        </Text>
        <TextInput label="Your name" autoComplete="name" {...field("name")} />
        <TextInput label="E-mail" type="email" autoComplete="username" {...field("email")} />
        <NewPasswordInput label="Password" {...field("password")} />
        <TextInput
          label="Organisation"
          description="Projects belong to it; others can be invited later"
          autoComplete="organization"
          {...field("organization")}
        />
        {setUp.isError ? (
          <ErrorNotice title="The administrator was not created" error={setUp.error} />
        ) : (
          <Alert variant="light" p="xs">
            <Text size="xs">Keep this password safe. Only whoever runs the machine can set another one.</Text>
          </Alert>
        )}
        <Button type="submit" loading={setUp.isPending}>
          Create administrator
        </Button>
      </Stack>
    </Paper>
  );
}
