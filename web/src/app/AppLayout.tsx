import { AppShell, Group, Text } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { AccountMenu } from "./AccountMenu.tsx";
import classes from "./AppLayout.module.css";
import { useMe } from "./session.ts";

const BAR_PX = 44;
const BANNER_PX = { base: 60, sm: 38 };

export function AppLayout() {
  const me = useMe();
  const hasBanner = me?.two_factor_needed === true;
  const height = hasBanner ? { base: BAR_PX + BANNER_PX.base, sm: BAR_PX + BANNER_PX.sm } : BAR_PX;
  return (
    <AppShell header={{ height }} padding={0}>
      <AppShell.Header>
        <Group h={BAR_PX} px="md" justify="space-between" wrap="nowrap">
          <Link to="/projects" className="quiet-link" aria-label="MagTrace: all projects">
            <Group gap="xs" wrap="nowrap">
              <img src="/app/icon.svg" alt="" width={22} height={22} />
              <Text fw={700} c="var(--mantine-color-text)">
                MagTrace
              </Text>
            </Group>
          </Link>
          {me === null ? null : <AccountMenu me={me} />}
        </Group>
        {hasBanner ? (
          <div className={classes.banner} role="status">
            Your organisation requires two-factor sign-in.{" "}
            <Link to="/account" hash="two-factor">
              Set it up
            </Link>{" "}
            to see its projects.
          </div>
        ) : null}
      </AppShell.Header>
      {/* The pages have a main of their own, below their bars. */}
      <AppShell.Main component="div">
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
