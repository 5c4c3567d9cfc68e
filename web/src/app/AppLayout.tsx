import { AppShell, Group, Menu, Text, UnstyledButton } from "@mantine/core";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { errorSentence } from "../api/apiError.ts";
import { showFailure } from "../ui/notify.ts";
import { useMe, useSignOut } from "./session.ts";

export function AppLayout() {
  const me = useMe();
  const signOut = useSignOut();
  const navigate = useNavigate();

  async function leave() {
    try {
      await signOut();
      await navigate({ to: "/sign-in" });
    } catch (error) {
      showFailure("You are still signed in", errorSentence(error));
    }
  }

  return (
    <AppShell header={{ height: 44 }} padding={0}>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Link to="/projects" className="quiet-link" aria-label="MagTrace: all projects">
            <Group gap="xs" wrap="nowrap">
              <img src="/app/icon.svg" alt="" width={22} height={22} />
              <Text fw={700} c="var(--mantine-color-text)">
                MagTrace
              </Text>
            </Group>
          </Link>
          {me === null ? null : (
            <Menu position="bottom-end" width={220}>
              <Menu.Target>
                <UnstyledButton aria-label={`Account of ${me.name}`}>
                  <Text size="sm">{me.name} ▾</Text>
                </UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>{me.email}</Menu.Label>
                <Menu.Item component={Link} to="/account">
                  Account and tokens
                </Menu.Item>
                <Menu.Item component="a" href="/api/" target="_blank" rel="noreferrer">
                  API documentation
                </Menu.Item>
                <Menu.Divider />
                <Menu.Item onClick={() => void leave()}>Sign out</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </AppShell.Header>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
