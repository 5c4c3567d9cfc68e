import type { Me } from "@magtrace/contracts";
import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useRef, useState } from "react";
import { showDone } from "../../ui/notify.ts";
import { PasswordPrompt } from "./PasswordPrompt.tsx";
import { useDisableTwoFactor, useNewRecoveryCodes } from "./queries.ts";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { TwoFactorSetUp } from "./TwoFactorSetUp.tsx";

/** `id` is where the banner of the whole app leads to. */
export function TwoFactor({ me }: { me: Me }) {
  // While it is being set up it stays on screen: the recovery codes come after it is on already.
  const [settingUp, setSettingUp] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const isOn = me.two_factor === true;

  function leaveSetUp() {
    setSettingUp(false);
    heading.current?.focus();
  }

  return (
    <Stack gap="sm" id="two-factor">
      <Group gap="sm">
        <Title order={2} ref={heading} tabIndex={-1} className="quiet-focus">
          Two-factor sign-in
        </Title>
        <Badge color={isOn ? "teal" : "gray"} variant="light" tt="none">
          {isOn ? "on" : "off"}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed" maw={600}>
        Besides the password, signing in asks for a code from an authenticator app on your phone: a stolen
        password alone is then of no use.
      </Text>
      {settingUp ? (
        <TwoFactorSetUp email={me.email} onDone={leaveSetUp} />
      ) : isOn ? (
        <TwoFactorOn />
      ) : (
        <Group>
          <Button onClick={() => setSettingUp(true)}>Set up two-factor sign-in</Button>
        </Group>
      )}
    </Stack>
  );
}

function TwoFactorOn() {
  const disable = useDisableTwoFactor();
  const renew = useNewRecoveryCodes();
  return (
    <>
      <Group gap="sm">
        <PasswordPrompt
          label="New recovery codes"
          question="Make new recovery codes?"
          consequence="The codes you kept until now stop working."
          confirmLabel="Make new codes"
          failureTitle="No new codes were made"
          change={renew}
        />
        <PasswordPrompt
          label="Turn off"
          color="red"
          question="Turn two-factor sign-in off?"
          consequence="Your password alone is then enough to sign in, and your other browsers are signed out. Organisations that require two-factor sign-in will not let you in."
          confirmLabel="Turn it off"
          failureTitle="Two-factor sign-in is still on"
          change={disable}
          onDone={() => showDone("Two-factor sign-in is off.")}
        />
      </Group>
      {renew.data === undefined ? null : <RecoveryCodes codes={renew.data.backupCodes} />}
    </>
  );
}
