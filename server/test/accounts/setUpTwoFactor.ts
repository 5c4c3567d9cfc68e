import assert from "node:assert/strict";
import { freshCodeBefore } from "../support/authenticator.ts";
import type { Browser } from "../support/browser.ts";

export interface TwoFactorSecrets {
  readonly totpURI: string;
  readonly backupCodes: string[];
  /** The code that confirmed it. */
  readonly usedCode: string;
}

/** Confirmed with the code of the step before, so that the present one is left. */
export async function setUpTwoFactor(page: Browser, password?: string): Promise<TwoFactorSecrets> {
  const { status, body } = await page.call<TwoFactorSecrets>("POST", "/api/auth/two-factor/enable", {
    ...(password === undefined ? {} : { password }),
  });
  assert.equal(status, 200, JSON.stringify(body));
  const code = await freshCodeBefore(body.totpURI);
  const confirmed = await page.call("POST", "/api/auth/two-factor/verify-totp", { code });
  assert.equal(confirmed.status, 200);
  return { ...body, usedCode: code };
}
