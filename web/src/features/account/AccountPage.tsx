import { Container, Stack, Text } from "@mantine/core";
import { useMayWrite, useMe } from "../../app/session.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Browsers } from "./Browsers.tsx";
import { OwnData } from "./OwnData.tsx";
import { OwnOrganizations } from "./OwnOrganizations.tsx";
import { PasswordForm } from "./PasswordForm.tsx";
import { ProfileForm } from "./ProfileForm.tsx";
import { Tokens } from "./Tokens.tsx";
import { TwoFactor } from "./TwoFactor.tsx";

/** One's own account: who one is here, how one signs in, and what acts in one's name. */
export function AccountPage() {
  const me = useMe();
  const mayWrite = useMayWrite();
  if (me === null) return null;
  return (
    <Container component="main" size="md" py="md">
      <Stack gap="xl">
        <Stack gap={4}>
          <PageHeading>Account</PageHeading>
          <Text size="sm" c="dimmed">
            {me.email} · {me.role === "read_only" ? "read-only" : me.role} of this installation
          </Text>
        </Stack>
        {mayWrite ? null : (
          <Text size="sm">
            Your account is read-only: you can see and export, but not change anything. Your password,
            two-factor sign-in and browsers are yours to change; for anything else ask an administrator of
            this installation.
          </Text>
        )}
        <ProfileForm key={me.name} me={me} mayWrite={mayWrite} />
        <TwoFactor me={me} />
        <PasswordForm email={me.email} />
        <Browsers />
        <Tokens mayWrite={mayWrite} />
        <OwnOrganizations me={me} mayWrite={mayWrite} />
        <OwnData />
      </Stack>
    </Container>
  );
}
