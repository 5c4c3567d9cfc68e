import { Container, Text } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { useMe } from "../../app/session.ts";
import { PageHeading, SectionName } from "../../ui/PageHeading.tsx";
import { TabBar, tabClass } from "../../ui/TabBar.tsx";

const TABS = [
  { to: "/administration", text: "Users" },
  { to: "/administration/organizations", text: "Organisations" },
  { to: "/administration/jobs", text: "Jobs" },
  { to: "/administration/audit", text: "Audit" },
] as const;

/** The frame of the pages of whoever runs the installation. */
export function AdministrationLayout() {
  const me = useMe();
  if (me?.role !== "admin") {
    return (
      <Container component="main" size="sm" py="xl">
        <PageHeading mb="sm">Administration</PageHeading>
        <Text>Only administrators of this installation see these pages.</Text>
      </Container>
    );
  }
  return (
    <>
      <TabBar label="Administration" title="Administration">
        {TABS.map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            className={tabClass}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            {tab.text}
          </Link>
        ))}
      </TabBar>
      <main>
        <SectionName value="Administration">
          <Outlet />
        </SectionName>
      </main>
    </>
  );
}
