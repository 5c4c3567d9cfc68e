import type { BetterAuthPlugin, HookEndpointContext } from "better-auth";
import { PROVIDER } from "./provider.ts";

type AfterHook = NonNullable<NonNullable<BetterAuthPlugin["hooks"]>["after"]>[number];

/** As the library knows the way back from the provider: its routes are patterns. */
const CALLBACK = "/callback/:id";

/**
 * The library asks for the second factor after a password only. What it does then is done after the way back from the
 * provider, too: the session just begun ends, and a cookie for the code is given in place of its own.
 * The answer is still a redirect; it leads to the page that asks for the code, and from there to where it would have led.
 */
export function alsoAfterSingleSignOn(asks: AfterHook): AfterHook {
  return {
    matcher: (context) => context.path === CALLBACK && context.params?.id === PROVIDER,
    async handler(given) {
      const { context } = given as HookEndpointContext;
      const asked = (await asks.handler(given)) as { headers?: Headers; response?: unknown };
      if (!isSecondStep(asked.response)) return asked;
      const headers = new Headers(asked.headers);
      const wanted = context.responseHeaders?.get("location") ?? "/app/";
      headers.set("location", secondStepPage(wanted));
      return { headers, response: undefined };
    },
  };
}

function isSecondStep(response: unknown): boolean {
  return typeof response === "object" && response !== null && "twoFactorRedirect" in response;
}

function secondStepPage(next: string): string {
  return `/app/sign-in?${new URLSearchParams({ second: "true", next })}`;
}
