import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { DestinationStream } from "pino";
import { freePort } from "../../src/platform/freePort.ts";
import type { Browser } from "../support/browser.ts";
import { CLIENT, type IdentityProvider, startIdentityProvider } from "../support/identityProvider.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

/** An installation, and the provider its people sign in with. */
export interface SingleSignOnStage {
  readonly installation: TestInstallation;
  readonly provider: IdentityProvider;
  begin(page: Browser, callbackURL?: string): Promise<string>;
  /** Signs in at the provider and comes back; returns where that led. */
  signIn(page: Browser, login: string): Promise<string>;
}

interface StageOptions {
  /** Whether the provider answers nothing at the start. */
  readonly silent?: boolean;
  /** What the configuration says after the provider's own name. */
  readonly issuerPath?: string;
  readonly logTo?: DestinationStream;
}

export async function setStage(
  cleanup: Pick<TestContext, "after">,
  environment: Record<string, string> = {},
  { silent = false, issuerPath = "", logTo }: StageOptions = {},
): Promise<SingleSignOnStage> {
  const port = await freePort();
  const provider = await startIdentityProvider(cleanup, `http://127.0.0.1:${port}/api/auth/callback/sso`);
  provider.silent = silent;
  const variables = {
    PORT: String(port),
    OIDC_ISSUER: provider.issuer + issuerPath,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    OIDC_NAME: "Ministry",
    ...environment,
  };
  const installation = await startTestInstallation(cleanup, variables, logTo ? { logTo } : {});
  const begin = async (page: Browser, callbackURL = "/app/projects") => {
    const { status, body } = await page.call<{ url: string }>("POST", "/api/auth/sign-in/oauth2", {
      providerId: "sso",
      callbackURL,
      errorCallbackURL: "/app/sign-in?failed=true",
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body.url;
  };
  return {
    installation,
    provider,
    begin,
    async signIn(page, login) {
      const back = await provider.signIn(await begin(page), login);
      const answer = await page.call("GET", back.slice(installation.api.address.length));
      assert.equal(answer.status, 302, JSON.stringify(answer.body));
      return answer.headers.get("location") ?? "";
    },
  };
}
