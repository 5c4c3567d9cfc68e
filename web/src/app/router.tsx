import { createRouter } from "@tanstack/react-router";
import { LoadingBlock } from "../ui/LoadingBlock.tsx";
import { NotFoundPage, RouteErrorPage } from "./ErrorPages.tsx";
import { administrationRoutes } from "./routes/administrationRoutes.ts";
import { frontRoutes } from "./routes/frontRoutes.ts";
import { organizationRoutes } from "./routes/organizationRoutes.ts";
import { ownRoutes } from "./routes/ownRoutes.ts";
import { projectRoutes } from "./routes/projectRoutes.ts";
import { type RouterContext, rootRoute } from "./routes/rootRoute.ts";
import { signedInRoute } from "./routes/signedInRoute.ts";

const routeTree = rootRoute.addChildren([
  ...frontRoutes,
  signedInRoute.addChildren([...ownRoutes, organizationRoutes, administrationRoutes, projectRoutes]),
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
