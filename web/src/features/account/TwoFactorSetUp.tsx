import { Button, Code, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { useFocusOnce } from "../../ui/useFocusOnce.ts";
import { QrCode } from "./QrCode.tsx";
import { type TwoFactorSecret, useConfirmTwoFactor, useStartTwoFactor } from "./queries.ts";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { readSecret } from "./readSecret.ts";

/** Password, then the app, then the recovery codes: in this order, so that nobody is locked out half-way. */
export function TwoFactorSetUp({ email, onDone }: { email: string; onDone: () => void }) {
  const start = useStartTwoFactor();
  const [confirmed, setConfirmed] = useState(false);
  if (start.data === undefined) {
    return <PasswordForm email={email} start={start} onCancel={onDone} />;
  }
  if (!confirmed) {
    return <AppForm secret={start.data} onConfirmed={() => setConfirmed(true)} onCancel={onDone} />;
  }
  return <CodesToKeep codes={start.data.backupCodes} onDone={onDone} />;
}

function CodesToKeep({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const step = useFocusOnce<HTMLDivElement>();
  return (
    <Stack gap="sm" ref={step} tabIndex={-1} className="quiet-focus">
      <RecoveryCodes codes={codes} />
      <Group>
        <Button onClick={onDone}>I have kept the codes</Button>
      </Group>
    </Stack>
  );
}

interface PasswordFormProps {
  email: string;
  start: ReturnType<typeof useStartTwoFactor>;
  onCancel: () => void;
}

function PasswordForm({ email, start, onCancel }: PasswordFormProps) {
  const [password, setPassword] = useState("");
  const step = useFocusOnce<HTMLInputElement>();

  function submit(event: FormEvent) {
    event.preventDefault();
    start.mutate(password);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={440}>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label="Your password"
          description="Once more, to be sure that it is you; leave it empty if your account has none"
          autoComplete="current-password"
          ref={step}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {start.isError ? <ErrorNotice title="The set-up has not begun" error={start.error} /> : null}
        <Group>
          <Button type="submit" loading={start.isPending}>
            Go on
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface AppFormProps {
  secret: TwoFactorSecret;
  onConfirmed: () => void;
  onCancel: () => void;
}

function AppForm({ secret, onConfirmed, onCancel }: AppFormProps) {
  const confirm = useConfirmTwoFactor();
  const [code, setCode] = useState("");
  const step = useFocusOnce<HTMLParagraphElement>();
  const byHand = readSecret(secret.totpURI);

  function submit(event: FormEvent) {
    event.preventDefault();
    const typed = code.replaceAll(" ", "");
    if (typed !== "") confirm.mutate(typed, { onSuccess: onConfirmed });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={440}>
        <Text size="sm" ref={step} tabIndex={-1} className="quiet-focus">
          1. Scan this with your authenticator app.
        </Text>
        <QrCode text={secret.totpURI} label="QR code for the authenticator app" />
        {byHand === null ? null : (
          <Text size="sm">
            No camera? Enter this key by hand: <Code data-testid="two-factor-secret">{byHand}</Code>
          </Text>
        )}
        <TextInput
          label="2. Enter the code the app shows"
          description="Your other browsers are signed out with it"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={12}
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {confirm.isError ? <ErrorNotice title="That was not the code" error={confirm.error} /> : null}
        <Group>
          <Button type="submit" loading={confirm.isPending}>
            Turn it on
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
