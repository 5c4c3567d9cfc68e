import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Me } from "@magtrace/contracts";
import { setUserDisabled } from "../../src/accounts/administration/users.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import {
  type Answer,
  type ApiCaller,
  startTestInstallation,
  type TestInstallation,
  type TestUser,
} from "../support/testInstallation.ts";

export interface Person extends ApiCaller {
  readonly id: number;
  readonly email: string;
  readonly organizationId: number;
}

export interface People {
  readonly installation: TestInstallation;
  /** Joins the organisation, which the first to join makes as its owner. */
  add(name: string, user: Omit<TestUser, "name">): Promise<Person>;
  disable(person: Person): Promise<void>;
  enable(person: Person): Promise<void>;
  /** The cookie of a new session. */
  signIn(person: Person): Promise<string>;
  /** What asking who one is answers with a cookie. */
  statusWith(cookie: string): Promise<number>;
}

export async function settle(
  cleanup: Pick<TestContext, "after">,
  environment: Record<string, string> = {},
): Promise<People> {
  const installation = await startTestInstallation(cleanup, environment);
  const pool = createPool({ url: installation.database.accounts, size: 1, name: "test" });
  cleanup.after(() => pool.end());
  const { address } = installation.api;
  return {
    installation,
    async signIn({ email }) {
      const response = await fetch(`${address}/api/auth/sign-in/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: address },
        body: JSON.stringify({ email, password: "correct horse battery" }),
      });
      assert.equal(response.status, 200);
      return cookieOf(response);
    },
    async statusWith(cookie) {
      return (await fetch(`${address}/api/me/`, { headers: { cookie } })).status;
    },
    disable: ({ email }) => setUserDisabled(pool, email, true),
    enable: ({ email }) => setUserDisabled(pool, email, false),
    async add(name, user) {
      const caller = await installation.addUser({ name, ...user });
      const { body } = await caller.call<Me>("GET", "/api/me/");
      return { ...caller, id: body.id, email: body.email, organizationId: body.organizations[0]!.id };
    },
  };
}

export function cookieOf(response: Response): string {
  const cookies = response.headers.getSetCookie().map((each) => each.split(";")[0]);
  return cookies.join("; ");
}

/** Refused with this code and nothing besides the words for it. */
export function assertRefused(answer: Answer<unknown>, code: string, words?: RegExp): void {
  const body = answer.body as Record<string, unknown>;
  assert.equal(body.code, code, JSON.stringify(body));
  const keys = Object.keys(body).filter((key) => key !== "details");
  assert.deepEqual(keys.sort(), ["code", "error", "request_id"]);
  if (words) assert.match(String(body.error), words);
}

export function assertDone(answer: Answer<unknown>, status = 200): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
}
