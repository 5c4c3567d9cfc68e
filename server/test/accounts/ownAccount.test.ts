import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Me, Project, Session } from "@magtrace/contracts";
import pg from "pg";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilSomebodyWaits } from "../support/untilSomebodyWaits.ts";
import { untilLockedOut } from "./untilLockedOut.ts";

const PASSWORD = "correct horse battery";

describe("one's own account", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;

  before(async () => {
    installation = await startTestInstallation(cleanup);
  });

  async function signedIn(name: string): Promise<Browser> {
    const page = openBrowser(installation.api.address);
    assert.equal((await page.signIn(`${name}@example.com`, PASSWORD)).status, 200);
    return page;
  }

  test("shows where one is signed in, and signs any of these out at once", async () => {
    const token = await installation.addUser({ name: "ann", organization: "A" });
    const [here, there] = [await signedIn("ann"), await signedIn("ann")];
    const listed = await here.call<Session[]>("GET", "/api/sessions/");
    assert.deepEqual(listed.body.map(({ current }) => current).sort(), [false, true]);
    assert.deepEqual(
      listed.body.map(({ ip_address, user_agent }) => [ip_address, user_agent]),
      [
        ["127.0.0.1", "Test/1.0"],
        ["127.0.0.1", "Test/1.0"],
      ],
    );
    const other = listed.body.find(({ current }) => !current)!;
    assert.equal((await here.call("DELETE", `/api/sessions/${other.id}/`)).status, 204);
    assert.equal((await there.call("GET", "/api/me/")).status, 401);
    assert.equal((await here.call("DELETE", `/api/sessions/${other.id}/`)).status, 404);
    const third = await signedIn("ann");
    assert.equal((await here.call("POST", "/api/sessions/revoke_others/")).status, 204);
    assert.equal((await third.call("GET", "/api/me/")).status, 401);
    assert.equal((await here.call("GET", "/api/me/")).status, 200);
    assert.equal((await token.call("POST", "/api/sessions/revoke_others/")).status, 204);
    assert.equal((await here.call("GET", "/api/me/")).status, 401);
  });

  test("says in no session's address what a client claims of itself", async () => {
    await installation.addUser({ name: "amy", organization: "A" });
    const page = openBrowser(installation.api.address, {
      "x-forwarded-for": "203.0.113.7",
      "x-magtrace-address": "203.0.113.8",
    });
    await page.signIn("amy@example.com", PASSWORD);
    const { body } = await page.call<Session[]>("GET", "/api/sessions/");
    assert.equal(body[0]?.ip_address, "127.0.0.1");
  });

  test("keeps others' sessions out of reach", async () => {
    await installation.addUser({ name: "bea", organization: "B" });
    await installation.addUser({ name: "eve", organization: "E" });
    const [bea, eve] = [await signedIn("bea"), await signedIn("eve")];
    const { body } = await bea.call<Session[]>("GET", "/api/sessions/");
    assert.equal((await eve.call("DELETE", `/api/sessions/${body[0]!.id}/`)).status, 404);
    assert.equal((await bea.call("GET", "/api/me/")).status, 200);
  });

  test("is safe in the hands of read-only users, too, and not in those of a token that only writes", async () => {
    await installation.addUser({ name: "rob", organization: "B", role: "read_only" });
    const writer = await installation.addUser({
      name: "wim",
      organization: "B",
      scopes: ["read", "write", "train"],
    });
    const page = await signedIn("rob");
    assert.equal((await page.call("POST", "/api/sessions/revoke_others/")).status, 204);
    assert.equal((await page.call("PATCH", "/api/me/", { name: "Rob" })).status, 403);
    assert.equal((await writer.call("POST", "/api/sessions/revoke_others/")).status, 403);
  });

  test("can be renamed", async () => {
    const cai = await installation.addUser({ name: "cai", organization: "C" });
    const renamed = await cai.call<Me>("PATCH", "/api/me/", { name: " Cai Jones " });
    assert.equal(renamed.body.name, "Cai Jones");
    assert.equal((await cai.call<Me>("GET", "/api/me/")).body.name, "Cai Jones");
    assert.equal((await cai.call("PATCH", "/api/me/", { name: "  " })).status, 400);
  });

  test("leaves as a file that tells everything and holds no secret", async () => {
    const dee = await installation.addUser({ name: "dee", organization: "D" });
    await signedIn("dee");
    const { body: project } = await dee.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const answer = await dee.call<Record<string, never>>("GET", "/api/me/export/");
    assert.match(
      answer.headers.get("content-disposition") ?? "",
      /^attachment; filename="magtrace-account.json"/,
    );
    const { account, organizations, sessions, tokens, made } = answer.body as Record<string, unknown> as {
      account: { email: string };
      organizations: { name: string; role: string }[];
      sessions: unknown[];
      tokens: { name: string }[];
      made: { projects: number[] };
    };
    assert.equal(account.email, "dee@example.com");
    assert.deepEqual(
      organizations.map(({ name, role }) => [name, role]),
      [["D", "owner"]],
    );
    assert.equal(sessions.length, 1);
    assert.deepEqual(
      tokens.map(({ name }) => name),
      ["test"],
    );
    assert.deepEqual(made.projects, [project.id]);
    const text = JSON.stringify(answer.body);
    assert.ok(!text.includes(dee.token!), "the token");
    assert.doesNotMatch(text, /"(password|hash|token|secret)"/);
  });

  test("cannot be deleted while an organisation with others would be left without an owner", async () => {
    const fay = await installation.addUser({ name: "fay", organization: "F" });
    await installation.addUser({ name: "gus", organization: "F", organizationRole: "member" });
    const refused = await fay.call<{ details: { organizations: { name: string }[] } }>(
      "POST",
      "/api/me/delete/",
      {
        password: PASSWORD,
      },
    );
    assert.equal(refused.status, 409);
    assert.deepEqual(
      refused.body.details.organizations.map(({ name }) => name),
      ["F"],
    );
    assert.equal((await fay.call("GET", "/api/me/")).status, 200);
  });

  test("of two owners of whom one deletes theirs while the other leaves, one stays", async () => {
    const kim = await installation.addUser({ name: "kim", organization: "K" });
    const lea = await installation.addUser({ name: "lea", organization: "K", organizationRole: "owner" });
    await installation.addUser({ name: "max", organization: "K", organizationRole: "member" });
    const { body: me } = await lea.call<Me>("GET", "/api/me/");
    const clients = [0, 1].map(() => new pg.Client({ connectionString: installation.database.ownerUrl }));
    const [rival, watcher] = clients as [pg.Client, pg.Client];
    await Promise.all(clients.map((client) => client.connect()));
    try {
      // Kim has been found to have somebody to leave it to, and is about to be gone.
      await rival.query("BEGIN; SELECT FROM accounts.users WHERE email = 'kim@example.com' FOR KEY SHARE");
      const deleting = kim.call("POST", "/api/me/delete/", { password: PASSWORD });
      await untilSomebodyWaits(watcher);
      const leaving = lea.call("DELETE", `/api/organizations/${me.organizations[0]!.id}/members/${me.id}/`);
      await untilSomebodyWaits(watcher, 2);
      await rival.query("COMMIT");
      assert.equal((await deleting).status, 204);
      assert.equal((await leaving).status, 409);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  test("is deleted with the password only, and what it made stays with its organisation", async () => {
    const hal = await installation.addUser({ name: "hal", organization: "H" });
    const ida = await installation.addUser({ name: "ida", organization: "H", organizationRole: "owner" });
    const { body: project } = await hal.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const page = await signedIn("hal");
    const wrong = await page.call("POST", "/api/me/delete/", { password: "not the password" });
    assert.deepEqual([wrong.status, wrong.body.code], [401, "wrong_credentials"]);
    assert.equal((await page.call("POST", "/api/me/delete/", { password: PASSWORD })).status, 204);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
    assert.equal((await hal.call("GET", "/api/me/")).status, 401);
    assert.equal((await ida.call("GET", `/api/projects/${project.id}/`)).status, 200);
    const again = openBrowser(installation.api.address);
    assert.equal((await again.signIn("hal@example.com", PASSWORD)).status, 401);
  });

  test("tells nobody at an unlocked screen its password: after five wrong ones the right one has to wait, too", async () => {
    await installation.addUser({ name: "jon", organization: "J" });
    const page = await signedIn("jon");
    const password = "not the password";
    const tries = [
      () => page.call("POST", "/api/me/delete/", { password }),
      () => page.call("POST", "/api/auth/two-factor/enable", { password }),
      () =>
        page.call("POST", "/api/auth/change-password", {
          currentPassword: password,
          newPassword: "long enough 12",
        }),
    ];
    let tried = 0;
    const statuses = await untilLockedOut(() => tries[tried++ % 3]!());
    assert.deepEqual(statuses.slice(0, 5), Array(5).fill(401));
    const late = await page.call("POST", "/api/me/delete/", { password: PASSWORD });
    assert.deepEqual([late.status, late.body.code], [429, "locked_out"]);
    assert.match(late.headers.get("retry-after") ?? "", /^\d+$/);
  });

  test("of the last administrator stays", async () => {
    const ira = await installation.addUser({ name: "ira", organization: "I", role: "admin" });
    const refused = await ira.call("POST", "/api/me/delete/", { password: PASSWORD });
    assert.deepEqual([refused.status, refused.body.code], [409, "conflict"]);
  });
});
