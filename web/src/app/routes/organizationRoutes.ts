import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readAuditSearch } from "../../features/audit/auditSearch.ts";
import { readId } from "./readAddress.ts";
import { signedInRoute } from "./signedInRoute.ts";

const organizationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/organizations/$organizationId",
  params: {
    parse: ({ organizationId }) => ({ organizationId: readId(organizationId) }),
    stringify: ({ organizationId }) => ({ organizationId: String(organizationId) }),
  },
  component: lazyRouteComponent(
    () => import("../../features/organizations/OrganizationLayout.tsx"),
    "OrganizationLayout",
  ),
});

const membersRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../../features/organizations/MembersPage.tsx"), "MembersPage"),
});

const invitationsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/invitations",
  component: lazyRouteComponent(
    () => import("../../features/organizations/InvitationsPage.tsx"),
    "InvitationsPage",
  ),
});

const organizationAuditRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(
    () => import("../../features/audit/OrganizationAuditPage.tsx"),
    "OrganizationAuditPage",
  ),
});

const organizationSettingsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("../../features/organizations/OrganizationSettingsPage.tsx"),
    "OrganizationSettingsPage",
  ),
});

export const organizationRoutes = organizationRoute.addChildren([
  membersRoute,
  invitationsRoute,
  organizationAuditRoute,
  organizationSettingsRoute,
]);
