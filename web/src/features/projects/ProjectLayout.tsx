import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { isLost } from "../../api/apiError.ts";
import { useProjectEvents } from "../../api/useProjectEvents.ts";
import { FailedPage } from "../../ui/FailedPage.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { SectionName } from "../../ui/PageHeading.tsx";
import { TabBar, tabClass } from "../../ui/TabBar.tsx";
import classes from "./ProjectLayout.module.css";
import { projectQuery } from "./queries.ts";

const TABS = [
  { to: "/projects/$projectId", text: "Datasets", exact: true, forOwners: false },
  { to: "/projects/$projectId/categories", text: "Categories", exact: false, forOwners: false },
  { to: "/projects/$projectId/training", text: "Training", exact: false, forOwners: false },
  { to: "/projects/$projectId/predictions", text: "Predictions", exact: false, forOwners: false },
  { to: "/projects/$projectId/audit", text: "Audit", exact: false, forOwners: true },
  { to: "/projects/$projectId/settings", text: "Settings", exact: false, forOwners: false },
] as const;

/** The frame of all pages of one project. It listens to what happens in it. */
export function ProjectLayout() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId" });
  const project = useQuery(projectQuery(projectId));
  useProjectEvents(projectId);

  if (project.isPending) return <LoadingBlock what="the project" />;
  if (project.data === undefined || isLost(project.error)) {
    return (
      <main>
        <FailedPage
          title="The project could not be opened"
          error={project.error}
          onRetry={() => void project.refetch()}
        />
      </main>
    );
  }
  return (
    <div className={classes.frame}>
      <TabBar label="Project" title={project.data.name}>
        {TABS.filter((tab) => project.data.role === "owner" || !tab.forOwners).map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            params={{ projectId }}
            className={tabClass}
            activeOptions={{ exact: tab.exact, includeSearch: false }}
          >
            {tab.text}
          </Link>
        ))}
      </TabBar>
      <main className={classes.body}>
        <SectionName value={project.data.name}>
          <Outlet />
        </SectionName>
      </main>
    </div>
  );
}
