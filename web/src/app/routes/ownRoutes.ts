import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { signedInRoute } from "./signedInRoute.ts";

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
  component: lazyRouteComponent(() => import("../../features/projects/ProjectsPage.tsx"), "ProjectsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("../../features/account/AccountPage.tsx"), "AccountPage"),
});

/** Pages of whoever is signed in that are about no one organisation or project. */
export const ownRoutes = [indexRoute, projectsRoute, accountRoute] as const;
