import type { TestContext } from "node:test";
import { CLIENT, startIdentityProvider } from "../support/identityProvider.ts";
import { type MailServer, startMailServer } from "../support/mailServer.ts";

export interface SignInStage {
  readonly mails: MailServer;
  readonly environment: Readonly<Record<string, string>>;
}

/** What an installation needs so that every way to sign in is open: mail, registration, a provider to sign in with. */
export async function setSignInStage(t: Pick<TestContext, "after">): Promise<SignInStage> {
  const mails = await startMailServer(t);
  // Nobody comes back from it: it is enough that it is found.
  const provider = await startIdentityProvider(t, "http://127.0.0.1/api/auth/callback/sso");
  const environment = {
    SMTP_URL: mails.url,
    MAIL_FROM: "it@example.com",
    OPEN_REGISTRATION: "true",
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
  };
  return { mails, environment };
}
