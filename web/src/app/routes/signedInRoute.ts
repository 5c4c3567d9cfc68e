import { createRoute, redirect } from "@tanstack/react-router";
import { AppLayout } from "../AppLayout.tsx";
import { NotFoundPage } from "../ErrorPages.tsx";
import { meQuery } from "../session.ts";
import { rootRoute } from "./rootRoute.ts";

/** Everything inside needs somebody signed in. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    if (me === null) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  component: AppLayout,
  notFoundComponent: NotFoundPage,
});
