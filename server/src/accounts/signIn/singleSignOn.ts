import type { GenericOAuthConfig } from "better-auth/plugins";
import { AppError } from "../../errors.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import type { AuthCall, Body } from "./authEndpoints.ts";

/** A provider of OpenID Connect that people sign in with. */
export interface SingleSignOn {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What its button is called. */
  readonly name: string;
  /** Whether somebody new gets an account by signing in. */
  readonly registers: boolean;
  /** Whether it stands in for the second factor of an account here, too. */
  readonly isSecondFactor: boolean;
}

/** In the address the provider sends people back to: PUBLIC_URL/api/auth/callback/sso. */
export const PROVIDER = "sso";

/** Authorization code with PKCE, state and nonce; the ID token's signature, issuer, audience and nonce are verified. */
export function providerSettings(provider: SingleSignOn): GenericOAuthConfig {
  return {
    providerId: PROVIDER,
    name: provider.name,
    discoveryUrl: `${provider.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    requireIdTokenVerification: true,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    scopes: ["openid", "email", "profile"],
    pkce: true,
    disableSignUp: !provider.registers,
    mapProfileToUser: (profile) => ({ name: nameOf(profile), image: undefined }),
  };
}

function nameOf(profile: Readonly<Record<string, unknown>>): string {
  const names = [profile.name, profile.preferred_username, profile.email];
  return String(names.find((name) => typeof name === "string" && name.trim() !== "") ?? "").slice(0, 255);
}

interface Told {
  readonly user: { readonly emailVerified?: boolean | undefined };
  readonly source: { readonly action: string; readonly method: string };
}

/** An address the provider has not verified could be anybody's: it opens no account and makes none. */
export async function requireVerifiedAddress({ user, source }: Told) {
  if (source.method !== "oauth" || source.action === "sign-in" || user.emailVerified === true) return;
  return { error: "email_not_verified" };
}

const NOT_ADMITTED = new Set(["account_not_linked", "email_not_verified", "signup_disabled"]);

/** Whether there is an account of that address is told to nobody who cannot have it. */
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
