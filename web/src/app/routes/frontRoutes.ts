import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { setupQuery } from "../session.ts";
import { text } from "./readAddress.ts";
import { rootRoute } from "./rootRoute.ts";

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("../../features/setup/SetupPage.tsx"), "SetupPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (
    search,
  ): {
    next?: string | undefined;
    failed?: boolean | undefined;
    second?: boolean | undefined;
  } => ({
    next: text(search.next),
    failed: search.failed === true || undefined,
    second: search.second === true || undefined,
  }),
  beforeLoad: async ({ context }) => {
    const { needed } = await context.queryClient.fetchQuery(setupQuery);
    if (needed) throw redirect({ to: "/setup" });
  },
  component: lazyRouteComponent(() => import("../../features/signIn/SignInPage.tsx"), "SignInPage"),
});

const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  component: lazyRouteComponent(() => import("../../features/signIn/RegisterPage.tsx"), "RegisterPage"),
});

const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyRouteComponent(
    () => import("../../features/signIn/ForgotPasswordPage.tsx"),
    "ForgotPasswordPage",
  ),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  component: lazyRouteComponent(
    () => import("../../features/signIn/ResetPasswordPage.tsx"),
    "ResetPasswordPage",
  ),
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify-email",
  component: lazyRouteComponent(() => import("../../features/signIn/VerifyEmailPage.tsx"), "VerifyEmailPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => import("../../features/signIn/InvitationPage.tsx"), "InvitationPage"),
});

/** What is shown before anybody is signed in. */
export const frontRoutes = [
  setupRoute,
  signInRoute,
  registerRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  verifyEmailRoute,
  invitationRoute,
] as const;
