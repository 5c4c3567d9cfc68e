import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { UseMutationResult } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";

interface PasswordPromptProps<Answer> {
  label: string;
  color?: string;
  question: string;
  consequence: string;
  confirmLabel: string;
  failureTitle: string;
  /** Takes the password. */
  change: UseMutationResult<Answer, Error, string>;
  onDone?: () => void;
  /** What else has to be said yes to before it can be done. */
  choice?: ReactNode;
  ready?: boolean;
}

/**
 * A button for what asks for the password once more, so that an unlocked screen is not enough. Accounts that sign in
 * elsewhere have none; what is asked of them instead is the server's to say.
 */
export function PasswordPrompt<Answer>({
  label,
  color,
  question,
  consequence,
  confirmLabel,
  failureTitle,
  change,
  onDone,
  choice,
  ready = true,
}: PasswordPromptProps<Answer>) {
  const [opened, { open, close }] = useDisclosure(false);
  const [password, setPassword] = useState("");

  function leave() {
    setPassword("");
    close();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    change.mutate(password, {
      onSuccess: () => {
        leave();
        onDone?.();
      },
    });
  }

  return (
    <>
      <Button
        variant={color === undefined ? "default" : "light"}
        {...(color === undefined ? {} : { color })}
        onClick={() => {
          change.reset();
          open();
        }}
      >
        {label}
      </Button>
      <Modal opened={opened} onClose={leave} title={question} centered>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm">{consequence}</Text>
            {choice}
            <PasswordInput
              label="Your password"
              description="Leave it empty if your account has none"
              autoComplete="current-password"
              data-autofocus
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {change.isError ? <ErrorNotice title={failureTitle} error={change.error} /> : null}
            <Group justify="flex-end">
              <Button variant="default" onClick={leave}>
                Cancel
              </Button>
              <Button
                type="submit"
                {...(color === undefined ? {} : { color })}
                loading={change.isPending}
                disabled={!ready}
              >
                {confirmLabel}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
