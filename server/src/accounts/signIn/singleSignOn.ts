import { AppError } from "../../errors.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import type { AuthCall, Body } from "./authCall.ts";
import { PROVIDER } from "./provider.ts";

const NOT_ADMITTED = new Set(["account_not_linked", "email_not_verified", "signup_disabled"]);

/** Nobody else learns whether there is an account of that address. */
export function alikeRefusals(location: string): string {
  const [page = "", query = ""] = location.split("?");
  const parameters = new URLSearchParams(query);
  if (!NOT_ADMITTED.has(parameters.get("error") ?? "")) return location;
  parameters.set("error", "not_admitted");
  parameters.delete("error_description");
  return `${page}?${parameters}`;
}

const OWN_PAGE = /^\/app(?:[/?#]|$)/;

/** Where to go is for better-auth to say; where to come back to is one of our own pages. */
export async function beginSingleSignOn(deps: AccountsDeps, { body }: AuthCall): Promise<Body> {
  if (!deps.singleSignOn || body.providerId !== PROVIDER) {
    throw new AppError(
      "not_found",
      "This installation does not offer this way to sign in. Sign in with a password.",
    );
  }
  await deps.singleSignOn.ready();
  return {
    provider: PROVIDER,
    callbackURL: ownPage(body.callbackURL, "/app/"),
    errorCallbackURL: ownPage(body.errorCallbackURL, "/app/sign-in?failed=true"),
    disableRedirect: true,
  };
}

function ownPage(wanted: unknown, otherwise: string): string {
  return typeof wanted === "string" && OWN_PAGE.test(wanted) ? wanted : otherwise;
}

/** The api may have started since the person went there. Without the provider, better-auth sends them to sign in anew. */
export async function endSingleSignOn({ singleSignOn }: AccountsDeps): Promise<undefined> {
  await singleSignOn?.ready().catch(() => undefined);
}
