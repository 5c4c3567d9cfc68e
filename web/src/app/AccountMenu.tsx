import type { Me } from "@magtrace/contracts";
import { Menu, Text, UnstyledButton } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { errorSentence } from "../api/apiError.ts";
import { showFailure } from "../ui/notify.ts";
import { useSignOut } from "./session.ts";

/** Where one goes that belongs to no project. */
export function AccountMenu({ me }: { me: Me }) {
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
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${me.name}`}>
          <Text size="sm" maw={200} truncate>
            {me.name} ▾
          </Text>
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
        {me.organizations.length === 0 ? null : <Menu.Label>Organisations</Menu.Label>}
        {me.organizations.map((organization) => (
          <Menu.Item
            key={organization.id}
            renderRoot={(props) => (
              <Link
                {...props}
                to="/organizations/$organizationId"
                params={{ organizationId: organization.id }}
              />
            )}
          >
            {organization.name}
          </Menu.Item>
        ))}
        {me.role === "admin" ? (
          <>
            <Menu.Label>This installation</Menu.Label>
            <Menu.Item component={Link} to="/administration">
              Administration
            </Menu.Item>
          </>
        ) : null}
        <Menu.Divider />
        <Menu.Item onClick={() => void leave()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
