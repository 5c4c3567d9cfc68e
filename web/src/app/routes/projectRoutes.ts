import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readAuditSearch } from "../../features/audit/auditSearch.ts";
import { readId, whole } from "./readAddress.ts";
import { signedInRoute } from "./signedInRoute.ts";

const projectRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/projects/$projectId",
  params: {
    parse: ({ projectId }) => ({ projectId: readId(projectId) }),
    stringify: ({ projectId }) => ({ projectId: String(projectId) }),
  },
  component: lazyRouteComponent(() => import("../../features/projects/ProjectLayout.tsx"), "ProjectLayout"),
});

const datasetsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../../features/datasets/DatasetsPage.tsx"), "DatasetsPage"),
});

const datasetRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/datasets/$datasetId",
  params: {
    parse: ({ datasetId }) => ({ datasetId: readId(datasetId) }),
    stringify: ({ datasetId }) => ({ datasetId: String(datasetId) }),
  },
  validateSearch: (search): { from?: number | undefined; to?: number | undefined } => ({
    from: whole(search.from),
    to: whole(search.to),
  }),
  component: lazyRouteComponent(() => import("../../features/datasets/DatasetPage.tsx"), "DatasetPage"),
});

const categoriesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/categories",
  component: lazyRouteComponent(() => import("../../features/labels/CategoriesPage.tsx"), "CategoriesPage"),
});

const trainingRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/training",
  validateSearch: (search): { dataset?: number | undefined } => ({ dataset: whole(search.dataset) }),
  component: lazyRouteComponent(() => import("../../features/training/TrainingPage.tsx"), "TrainingPage"),
});

const sessionRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/training/$sessionId",
  params: {
    parse: ({ sessionId }) => ({ sessionId: readId(sessionId) }),
    stringify: ({ sessionId }) => ({ sessionId: String(sessionId) }),
  },
  component: lazyRouteComponent(() => import("../../features/training/SessionPage.tsx"), "SessionPage"),
});

const predictionsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/predictions",
  validateSearch: (search): { dataset?: number | undefined; session?: number | undefined } => ({
    dataset: whole(search.dataset),
    session: whole(search.session),
  }),
  component: lazyRouteComponent(() => import("../../features/review/PredictionsPage.tsx"), "PredictionsPage"),
});

const reviewRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/predictions/$predictionId",
  params: {
    parse: ({ predictionId }) => ({ predictionId: readId(predictionId) }),
    stringify: ({ predictionId }) => ({ predictionId: String(predictionId) }),
  },
  component: lazyRouteComponent(() => import("../../features/review/ReviewPage.tsx"), "ReviewPage"),
});

const projectAuditRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(
    () => import("../../features/audit/ProjectAuditPage.tsx"),
    "ProjectAuditPage",
  ),
});

const settingsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("../../features/projects/ProjectSettingsPage.tsx"),
    "ProjectSettingsPage",
  ),
});

export const projectRoutes = projectRoute.addChildren([
  datasetsRoute,
  datasetRoute,
  categoriesRoute,
  trainingRoute,
  sessionRoute,
  predictionsRoute,
  reviewRoute,
  projectAuditRoute,
  settingsRoute,
]);
