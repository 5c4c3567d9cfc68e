import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { median } from "@magtrace/signal";
import pg from "pg";
import { openBrowser } from "../support/browser.ts";
import { type MailServer, startMailServer } from "../support/mailServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilLockedOut } from "./untilLockedOut.ts";

const PASSWORD = "correct horse battery";
const SIGN_IN = "/api/auth/sign-in/email";
/** Medians of this many answers of each kind, asked for in turn. */
const ANSWERS = 30;
const ROUNDS = ["a", "b", "c"];
/** How far the medians may lie apart, of the greater. Scrypt alone is most of each; to skip it would be tenfold. */
const BOUND = 0.2;

describe("whether an address has an account", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let mails: MailServer;

  before(async () => {
    mails = await startMailServer(cleanup);
    installation = await startTestInstallation(cleanup, {
      SMTP_URL: mails.url,
      MAIL_FROM: "it@example.com",
      OPEN_REGISTRATION: "true",
    });
    await installation.addUser({ name: "ann", organization: "North" });
    await installation.addUser({ name: "off", organization: "North", organizationRole: "member" });
    await installation.addUser({ name: "new", organization: "North", organizationRole: "member" });
    const database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    await database.query("UPDATE accounts.users SET banned = true WHERE email = 'off@example.com'");
    await database.query("UPDATE accounts.users SET email_verified = false WHERE email = 'new@example.com'");
    // Many who have ann's password, so that each is tried for the first time.
    await database.query(`WITH made AS (
        INSERT INTO accounts.users (name, email, email_verified)
        SELECT 'Known', 'known' || round || i || '@example.com', true
        FROM unnest('{${ROUNDS.join()}}'::text[]) AS round, generate_series(0, ${ANSWERS - 1}) AS i RETURNING id)
      INSERT INTO accounts.credentials (account_id, provider_id, user_id, password, updated_at)
      SELECT made.id::text, 'credential', made.id, c.password, now()
      FROM made, accounts.credentials c JOIN accounts.users u ON u.id = c.user_id WHERE u.email = 'ann@example.com'`);
    await database.end();
  });

  async function ask(path: string, body: object) {
    const started = performance.now();
    const answer = await openBrowser(installation.api.address).call("POST", `/api/auth/${path}`, body);
    const ms = performance.now() - started;
    const { request_id: _, ...said } = answer.body;
    return { ms, said: { status: answer.status, said, cookies: answer.headers.getSetCookie().length } };
  }

  const signIn = (email: string, password = "not the password") => ask("sign-in/email", { email, password });

  test("is not told by the answer to a wrong password, whatever state the account is in", async () => {
    const wanted = (await signIn("nobody@example.com")).said;
    assert.equal(wanted.status, 401);
    for (const name of ["ann", "off", "new"]) {
      assert.deepEqual((await signIn(`${name}@example.com`)).said, wanted, name);
    }
    assert.equal((await signIn("off@example.com", PASSWORD)).said.status, 403);
    assert.equal((await signIn("new@example.com", PASSWORD)).said.status, 403);
  });

  test("is not told by a wait", async () => {
    const told = async (email: string) => {
      const all: [status: number, words: string][] = [];
      await untilLockedOut(async () => {
        const body = { email, password: "not the password" };
        const answer = await openBrowser(installation.api.address).call("POST", SIGN_IN, body);
        // How long to wait is in the words, and passes between two calls.
        all.push([answer.status, String(answer.body.error).replace(/\d+/, "n")]);
        return answer;
      });
      // Those that are free, after the one of the test before, and the end: in between waits may be over sooner.
      return [...all.slice(0, 4), all.at(-1)!];
    };
    const known = await told("ann@example.com");
    assert.deepEqual(known, await told("nobody@example.com"));
    assert.deepEqual(
      known.map(([status]) => status),
      [401, 401, 401, 401, 429],
    );
  });

  test("is not told by asking for a new password, registering or asking for the confirmation once more", async () => {
    for (const [path, body] of [
      ["request-password-reset", {}],
      ["send-verification-email", {}],
      ["sign-up/email", { name: "Ann", password: PASSWORD }],
    ] as const) {
      const known = await ask(path, { ...body, email: "ann@example.com" });
      const unknown = await ask(path, { ...body, email: "somebody.else@example.com" });
      assert.deepEqual(known.said, unknown.said, path);
      assert.equal(known.said.status, 200, path);
    }
  });

  /** How far the medians lie apart, of the greater. Asked in turn, so that what slows the machine slows both. */
  async function apart(
    path: string,
    bodies: (i: number) => [known: object, unknown: object],
  ): Promise<number> {
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < ANSWERS; i++) {
      const both = bodies(i);
      // Now this one first, now that: what an answer leaves to be done falls into the time of the next.
      const [first, second] = i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
      times[first].push((await ask(path, both[first])).ms);
      times[second].push((await ask(path, both[second])).ms);
    }
    const [a, b] = times.map((each) => median(Float64Array.from(each))) as [number, number];
    return Math.abs(a - b) / Math.max(a, b);
  }

  for (const [path, more] of [
    ["sign-in/email", { password: "not the password" }],
    ["request-password-reset", {}],
    ["sign-up/email", { name: "N", password: PASSWORD }],
  ] as const) {
    test(`is not told by the time an answer takes: ${path}`, async () => {
      const differences: number[] = [];
      // A busy machine may spoil a measurement or two.
      for (const round of ROUNDS) {
        const difference = await apart(path, (i) => [
          { ...more, email: `known${round}${i}@example.com` },
          { ...more, email: `unknown${round}${i}.${path.length}@example.com` },
        ]);
        if (difference < BOUND) return;
        differences.push(difference);
      }
      assert.fail(`medians lie ${differences.map((each) => each.toFixed(3)).join(", ")} apart`);
    });
  }
});
