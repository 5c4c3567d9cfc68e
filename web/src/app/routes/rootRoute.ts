import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Outlet } from "@tanstack/react-router";
import type { LinkToken } from "../../features/signIn/linkToken.ts";
import { NotFoundPage } from "../ErrorPages.tsx";

export interface RouterContext {
  queryClient: QueryClient;
  /** What the link held with which the app was opened. */
  linkToken: LinkToken | null;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});
