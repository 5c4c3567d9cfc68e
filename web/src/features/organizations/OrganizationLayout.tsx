import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { isLost } from "../../api/apiError.ts";
import { FailedPage } from "../../ui/FailedPage.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { SectionName } from "../../ui/PageHeading.tsx";
import { TabBar, tabClass } from "../../ui/TabBar.tsx";
import { organizationQuery } from "./queries.ts";

const TABS = [
  { to: "/organizations/$organizationId", text: "Members", forManagers: false },
  { to: "/organizations/$organizationId/invitations", text: "Invitations", forManagers: true },
  { to: "/organizations/$organizationId/audit", text: "Audit", forManagers: true },
  { to: "/organizations/$organizationId/settings", text: "Settings", forManagers: false },
] as const;

/** The frame of all pages of one organisation. */
export function OrganizationLayout() {
  const { organizationId } = useParams({ from: "/signed-in/organizations/$organizationId" });
  const organization = useQuery(organizationQuery(organizationId));

  if (organization.isPending) return <LoadingBlock what="the organisation" />;
  if (organization.data === undefined || isLost(organization.error)) {
    return (
      <main>
        <FailedPage
          title="The organisation could not be opened"
          error={organization.error}
          onRetry={() => void organization.refetch()}
        />
      </main>
    );
  }
  return (
    <>
      <TabBar label="Organisation" title={organization.data.name}>
        {TABS.filter((tab) => !tab.forManagers || organization.data.role !== "member").map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            params={{ organizationId }}
            className={tabClass}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            {tab.text}
          </Link>
        ))}
      </TabBar>
      <main>
        <SectionName value={organization.data.name}>
          <Outlet />
        </SectionName>
      </main>
    </>
  );
}
