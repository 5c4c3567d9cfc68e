import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { LoadingBlock } from "../ui/LoadingBlock.tsx";
import { AppLayout } from "./AppLayout.tsx";
import { NotFoundPage, RouteErrorPage } from "./ErrorPages.tsx";
import { meQuery, setupQuery } from "./session.ts";

interface RouterContext {
  queryClient: QueryClient;
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
  validateSearch: (search): { token?: string | undefined } => ({
    // An all-digit token would have been read as a number.
    token: search.token === undefined ? undefined : String(search.token),
  }),
  component: lazyRouteComponent(() => import("../features/setup/SetupPage.tsx"), "SetupPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { next?: string | undefined } => ({ next: text(search.next) }),
  beforeLoad: async ({ context }) => {
    const { needed } = await context.queryClient.fetchQuery(setupQuery);
    if (needed) throw redirect({ to: "/setup" });
  },
  component: lazyRouteComponent(() => import("../features/setup/SignInPage.tsx"), "SignInPage"),
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
  component: lazyRouteComponent(() => import("../features/admin/AccountPage.tsx"), "AccountPage"),
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
  signedInRoute.addChildren([
    indexRoute,
    projectsRoute,
    accountRoute,
    projectRoute.addChildren([
      datasetsRoute,
      datasetRoute,
      categoriesRoute,
      trainingRoute,
      sessionRoute,
      predictionsRoute,
      reviewRoute,
      settingsRoute,
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    basepath: "/app",
    context: { queryClient },
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
