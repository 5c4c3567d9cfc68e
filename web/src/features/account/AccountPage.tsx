import { Container, Stack, Text, Title } from "@mantine/core";
import { useMe } from "../../app/session.ts";
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
  if (me === null) return null;
  return (
    <Container component="main" size="md" py="md">
      <Stack gap="xl">
        <Stack gap={4}>
          <Title order={1}>Account</Title>
          <Text size="sm" c="dimmed">
            {me.email} · {me.role === "read_only" ? "read-only" : me.role} of this installation
          </Text>
        </Stack>
        <ProfileForm key={me.name} me={me} />
        <TwoFactor me={me} />
        <PasswordForm email={me.email} />
        <Browsers />
        <Tokens />
        <OwnOrganizations me={me} />
        <OwnData />
      </Stack>
    </Container>
  );
}
