import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { readAuditSearch } from "../features/audit/auditSearch.ts";
import type { LinkToken } from "../features/signIn/linkToken.ts";
import { LoadingBlock } from "../ui/LoadingBlock.tsx";
import { AppLayout } from "./AppLayout.tsx";
import { NotFoundPage, RouteErrorPage } from "./ErrorPages.tsx";
import { meQuery, setupQuery } from "./session.ts";

interface RouterContext {
  queryClient: QueryClient;
  /** What the link held with which the app was opened. */
  linkToken: LinkToken | null;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Row numbers and ids in an address are positive whole numbers or absent. */
const whole = (value: unknown): number | undefined => {
  const number = typeof value === "number" ? value : Number(text(value));
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
};

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("../features/setup/SetupPage.tsx"), "SetupPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { next?: string | undefined; failed?: boolean | undefined } => ({
    next: text(search.next),
    failed: search.failed === true || undefined,
  }),
  beforeLoad: async ({ context }) => {
    const { needed } = await context.queryClient.fetchQuery(setupQuery);
    if (needed) throw redirect({ to: "/setup" });
  },
  component: lazyRouteComponent(() => import("../features/signIn/SignInPage.tsx"), "SignInPage"),
});

const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  component: lazyRouteComponent(() => import("../features/signIn/RegisterPage.tsx"), "RegisterPage"),
});

const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyRouteComponent(
    () => import("../features/signIn/ForgotPasswordPage.tsx"),
    "ForgotPasswordPage",
  ),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  component: lazyRouteComponent(
    () => import("../features/signIn/ResetPasswordPage.tsx"),
    "ResetPasswordPage",
  ),
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify-email",
  component: lazyRouteComponent(() => import("../features/signIn/VerifyEmailPage.tsx"), "VerifyEmailPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => import("../features/signIn/InvitationPage.tsx"), "InvitationPage"),
});

/** Everything inside needs somebody signed in. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    if (me === null) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  component: AppLayout,
});

const indexRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/projects" });
  },
});

const projectsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/projects",
  component: lazyRouteComponent(() => import("../features/projects/ProjectsPage.tsx"), "ProjectsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("../features/account/AccountPage.tsx"), "AccountPage"),
});

const organizationParams = {
  parse: ({ organizationId }: { organizationId: string }) => ({ organizationId: Number(organizationId) }),
  stringify: ({ organizationId }: { organizationId: number }) => ({
    organizationId: String(organizationId),
  }),
};

const organizationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/organizations/$organizationId",
  params: organizationParams,
  component: lazyRouteComponent(
    () => import("../features/organizations/OrganizationLayout.tsx"),
    "OrganizationLayout",
  ),
});

const membersRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../features/organizations/MembersPage.tsx"), "MembersPage"),
});

const invitationsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/invitations",
  component: lazyRouteComponent(
    () => import("../features/organizations/InvitationsPage.tsx"),
    "InvitationsPage",
  ),
});

const organizationAuditRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(
    () => import("../features/audit/OrganizationAuditPage.tsx"),
    "OrganizationAuditPage",
  ),
});

const organizationSettingsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("../features/organizations/OrganizationSettingsPage.tsx"),
    "OrganizationSettingsPage",
  ),
});

const administrationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/administration",
  component: lazyRouteComponent(
    () => import("../features/administration/AdministrationLayout.tsx"),
    "AdministrationLayout",
  ),
});

const usersRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../features/administration/UsersPage.tsx"), "UsersPage"),
});

const organizationsRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/organizations",
  component: lazyRouteComponent(
    () => import("../features/administration/OrganizationsPage.tsx"),
    "OrganizationsPage",
  ),
});

const installationAuditRoute = createRoute({
  getParentRoute: () => administrationRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(
    () => import("../features/audit/InstallationAuditPage.tsx"),
    "InstallationAuditPage",
  ),
});

const idParams = {
  parse: ({ projectId }: { projectId: string }) => ({ projectId: Number(projectId) }),
  stringify: ({ projectId }: { projectId: number }) => ({ projectId: String(projectId) }),
};

const projectRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/projects/$projectId",
  params: idParams,
  component: lazyRouteComponent(() => import("../features/projects/ProjectLayout.tsx"), "ProjectLayout"),
});

const datasetsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../features/datasets/DatasetsPage.tsx"), "DatasetsPage"),
});

const datasetRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/datasets/$datasetId",
  params: {
    parse: ({ datasetId }) => ({ datasetId: Number(datasetId) }),
    stringify: ({ datasetId }) => ({ datasetId: String(datasetId) }),
  },
  validateSearch: (search): { from?: number | undefined; to?: number | undefined } => ({
    from: whole(search.from),
    to: whole(search.to),
  }),
  component: lazyRouteComponent(() => import("../features/datasets/DatasetPage.tsx"), "DatasetPage"),
});

const categoriesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/categories",
  component: lazyRouteComponent(() => import("../features/labels/CategoriesPage.tsx"), "CategoriesPage"),
});

const trainingRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/training",
  validateSearch: (search): { dataset?: number | undefined } => ({ dataset: whole(search.dataset) }),
  component: lazyRouteComponent(() => import("../features/training/TrainingPage.tsx"), "TrainingPage"),
});

const sessionRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/training/$sessionId",
  params: {
    parse: ({ sessionId }) => ({ sessionId: Number(sessionId) }),
    stringify: ({ sessionId }) => ({ sessionId: String(sessionId) }),
  },
  component: lazyRouteComponent(() => import("../features/training/SessionPage.tsx"), "SessionPage"),
});

const predictionsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/predictions",
  validateSearch: (search): { dataset?: number | undefined; session?: number | undefined } => ({
    dataset: whole(search.dataset),
    session: whole(search.session),
  }),
  component: lazyRouteComponent(() => import("../features/review/PredictionsPage.tsx"), "PredictionsPage"),
});

const reviewRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/predictions/$predictionId",
  params: {
    parse: ({ predictionId }) => ({ predictionId: Number(predictionId) }),
    stringify: ({ predictionId }) => ({ predictionId: String(predictionId) }),
  },
  component: lazyRouteComponent(() => import("../features/review/ReviewPage.tsx"), "ReviewPage"),
});

const projectAuditRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import("../features/audit/ProjectAuditPage.tsx"), "ProjectAuditPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("../features/projects/ProjectSettingsPage.tsx"),
    "ProjectSettingsPage",
  ),
});

const routeTree = rootRoute.addChildren([
  setupRoute,
  signInRoute,
  registerRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  verifyEmailRoute,
  invitationRoute,
  signedInRoute.addChildren([
    indexRoute,
    projectsRoute,
    accountRoute,
    organizationRoute.addChildren([
      membersRoute,
      invitationsRoute,
      organizationAuditRoute,
      organizationSettingsRoute,
    ]),
    administrationRoute.addChildren([usersRoute, organizationsRoute, installationAuditRoute]),
    projectRoute.addChildren([
      datasetsRoute,
      datasetRoute,
      categoriesRoute,
      trainingRoute,
      sessionRoute,
      predictionsRoute,
      reviewRoute,
      projectAuditRoute,
      settingsRoute,
    ]),
  ]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    basepath: "/app",
    context,
    defaultPreload: "intent",
    defaultPendingComponent: () => <LoadingBlock what="the page" />,
    defaultErrorComponent: RouteErrorPage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
