import { Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { useSecondsLeft } from "../../ui/useSecondsLeft.ts";
import { waitWords } from "../../ui/waitWords.ts";
import { type SecondFactor, useSecondFactor } from "./queries.ts";

interface SecondStepProps {
  onSignedIn: () => void;
  onStartAgain: () => void;
}

/** The code of the authenticator app, or one of the recovery codes. */
export function SecondStep({ onSignedIn, onStartAgain }: SecondStepProps) {
  const [kind, setKind] = useState<SecondFactor["kind"]>("code");
  const [code, setCode] = useState("");
  const verify = useSecondFactor();
  const secondsLeft = useSecondsLeft(verify.error);
  const byApp = kind === "code";
  const field = useRef<HTMLInputElement>(null);
  // Where the password was typed there is another question now: it is the next thing to be read out and typed at.
  useEffect(() => {
    field.current?.focus();
  }, []);

  function submit(event: FormEvent) {
    event.preventDefault();
    const typed = code.replaceAll(" ", "");
    if (typed === "" || secondsLeft > 0) return;
    verify.mutate({ kind, code: typed }, { onSuccess: onSignedIn });
  }

  function change() {
    setKind(byApp ? "recovery" : "code");
    setCode("");
    verify.reset();
    field.current?.focus();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <PageHeading>Second step</PageHeading>
        <Text size="sm">
          {byApp
            ? "Enter the code that your authenticator app shows for MagTrace."
            : "Enter one of the recovery codes you kept. It works once."}
        </Text>
        <TextInput
          label={byApp ? "Code" : "Recovery code"}
          inputMode={byApp ? "numeric" : "text"}
          autoComplete={byApp ? "one-time-code" : "off"}
          maxLength={40}
          required
          ref={field}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {verify.isError ? <ErrorNotice title="You are not signed in yet" error={verify.error} /> : null}
        <Button type="submit" loading={verify.isPending} disabled={secondsLeft > 0}>
          {secondsLeft > 0 ? `Sign in (wait ${waitWords(secondsLeft)})` : "Sign in"}
        </Button>
        <Group justify="space-between">
          <Anchor component="button" type="button" size="sm" onClick={change}>
            {byApp ? "Use a recovery code" : "Use the app’s code"}
          </Anchor>
          <Anchor component="button" type="button" size="sm" onClick={onStartAgain}>
            Start again
          </Anchor>
        </Group>
      </Stack>
    </form>
  );
}
