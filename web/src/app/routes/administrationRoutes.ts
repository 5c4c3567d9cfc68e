import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readAuditSearch } from "../../features/audit/auditSearch.ts";
import { readJobSearch } from "../../features/jobs/jobSearch.ts";
import { signedInRoute } from "./signedInRoute.ts";

const administrationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/administration",
  component: lazyRouteComponent(
    () => import("../../features/administration/AdministrationLayout.tsx"),
    "AdministrationLayout",
  ),
});

const usersRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../../features/administration/UsersPage.tsx"), "UsersPage"),
});

const organizationsRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/organizations",
  component: lazyRouteComponent(
    () => import("../../features/administration/OrganizationsPage.tsx"),
    "OrganizationsPage",
  ),
});

const jobsRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/jobs",
  validateSearch: readJobSearch,
  component: lazyRouteComponent(() => import("../../features/jobs/JobsPage.tsx"), "JobsPage"),
});

const installationAuditRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(
    () => import("../../features/audit/InstallationAuditPage.tsx"),
    "InstallationAuditPage",
  ),
});

export const administrationRoutes = administrationRoute.addChildren([
  usersRoute,
  organizationsRoute,
  jobsRoute,
  installationAuditRoute,
]);
