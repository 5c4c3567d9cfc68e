import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { flushSync } from "react-dom";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { focusFirstFault } from "../../ui/focusFirstFault.ts";
import { NewPasswordInput, passwordFault } from "../../ui/NewPasswordInput.tsx";
import { useSecondsLeft } from "../../ui/useSecondsLeft.ts";
import { waitWords } from "../../ui/waitWords.ts";

interface NewAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

interface NewAccountFormProps {
  /** The address that is settled already, or null to ask for one. */
  email: string | null;
  submitLabel: string;
  failureTitle: string;
  isPending: boolean;
  error: unknown;
  onSubmit: (account: NewAccount) => void;
}

/** Name, address and password of somebody who has no account yet. */
export function NewAccountForm({
  email: settled,
  submitLabel,
  failureTitle,
  isPending,
  error,
  onSubmit,
}: NewAccountFormProps) {
  const [fields, setFields] = useState<NewAccount>({ name: "", email: settled ?? "", password: "" });
  const [checked, setChecked] = useState(false);
  const secondsLeft = useSecondsLeft(error);
  const faults = {
    name: fields.name.trim() === "" ? "Say who you are." : null,
    email: /^\S+@\S+$/.test(fields.email) ? null : "Enter an e-mail address.",
    password: passwordFault(fields.password),
  };

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    flushSync(() => setChecked(true));
    if (Object.values(faults).some((fault) => fault !== null)) focusFirstFault(event.currentTarget);
    else if (secondsLeft === 0) onSubmit(fields);
  }

  const field = (name: keyof NewAccount) => ({
    value: fields[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setFields((before) => ({ ...before, [name]: value }));
    },
    error: checked ? faults[name] : null,
    required: true,
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label="Your name" autoComplete="name" maxLength={255} {...field("name")} />
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          maxLength={254}
          readOnly={settled !== null}
          {...field("email")}
        />
        <NewPasswordInput label="Password" {...field("password")} />
        {error === null ? null : <ErrorNotice title={failureTitle} error={error} />}
        <Button type="submit" loading={isPending} disabled={secondsLeft > 0}>
          {secondsLeft > 0 ? `${submitLabel} (wait ${waitWords(secondsLeft)})` : submitLabel}
        </Button>
      </Stack>
    </form>
  );
}
