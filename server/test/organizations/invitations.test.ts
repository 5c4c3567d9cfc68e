import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import type { CreatedInvitation, Invitation, InvitationPreview, Me, Membership } from "@magtrace/contracts";
import pg from "pg";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import type { Answer } from "../support/testInstallation.ts";
import { assertDone, assertRefused, type People, type Person, settle } from "./people.ts";

const PASSWORD = "a long and quiet evening";

describe("invitations", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let owner: Person;
  let admin: Person;
  let member: Person;
  let stranger: Person;
  let path: string;
  let count = 0;

  before(async () => {
    people = await settle(cleanup);
    owner = await people.add("olga", { organization: "North" });
    admin = await people.add("adam", { organization: "North", organizationRole: "admin" });
    member = await people.add("mia", { organization: "North", organizationRole: "member" });
    stranger = await people.add("sam", { organization: "South" });
    path = `/api/organizations/${owner.organizationId}/invitations/`;
  });

  const newAddress = () => `guest${++count}@example.com`;
  const invite = (who: Person, email: string, role = "member") =>
    who.call<CreatedInvitation>("POST", path, { email, role });
  const browser = () => openBrowser(people.installation.api.address);
  const look = (token: string) =>
    browser().call<InvitationPreview>("POST", "/api/invitations/look/", { token });
  const accept = (who: Person, token: string) =>
    who.call<Membership>("POST", "/api/invitations/accept/", { token });
  const register = (page: Browser, token: string, password = PASSWORD) =>
    page.call("POST", "/api/invitations/register/", { token, name: "Guest", password });

  async function linkFor(who: Person, email: string, role?: string): Promise<string> {
    const invited = await invite(who, email, role);
    assertDone(invited, 201);
    return tokenIn(invited.body.link!);
  }

  function tokenIn(link: string): string {
    const url = new URL(link);
    assert.equal(url.origin + url.pathname, `${people.installation.api.address}/app/invitation`);
    return url.searchParams.get("token")!;
  }

  function assertNotGood(answer: Answer<unknown>): void {
    assertRefused(
      answer,
      "not_found",
      /^This invitation is not valid, or has expired or been used\. Ask whoever invited you for another\.$/,
    );
  }

  async function query(statement: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: people.installation.database.ownerUrl });
    await client.connect();
    return (await client.query(statement, values).finally(() => client.end())).rows;
  }

  test("whoever is invited makes an account with the link, is signed in and a member", async () => {
    const email = newAddress();
    const token = await linkFor(admin, email.toUpperCase());
    const preview = await look(token);
    assert.deepEqual(
      { ...preview.body, expires_at: "" },
      { organization: "North", email, role: "member", expires_at: "" },
    );
    const days = (Date.parse(preview.body.expires_at) - Date.now()) / 86_400_000;
    assert.ok(days > 6.9 && days <= 7);
    const page = browser();
    assertDone(await register(page, token), 201);
    const { body: me } = await page.call<Me>("GET", "/api/me/");
    assert.deepEqual(
      { email: me.email, role: me.role, organizations: me.organizations },
      {
        email,
        role: "user",
        organizations: [{ id: owner.organizationId, name: "North", role: "member" }],
      },
    );
  });

  test("whoever has an account accepts, with the account of that address alone", async () => {
    const guest = await people.add("gus", { organization: "South", organizationRole: "member" });
    const token = await linkFor(owner, guest.email, "admin");
    const other = await accept(stranger, token);
    assertRefused(other, "not_allowed", /another e-mail address/);
    assert.doesNotMatch(JSON.stringify(other.body), /gus/);
    const page = browser();
    assertRefused(await register(page, token), "conflict", /Sign in with it/);
    assert.equal(page.cookies.size, 0);
    assert.deepEqual((await accept(guest, token)).body, {
      id: owner.organizationId,
      name: "North",
      role: "admin",
    });
    assert.equal((await guest.call<Me>("GET", "/api/me/")).body.organizations.length, 2);
  });

  test("an answer is the same whether the address has an account or not", async () => {
    const guest = await people.add("hal", { organization: "South", organizationRole: "member" });
    const [known, unknown] = [await invite(owner, guest.email), await invite(owner, newAddress())];
    assert.equal(known.status, unknown.status);
    assert.deepEqual(Object.keys(known.body), Object.keys(unknown.body));
    const previews = await Promise.all([known, unknown].map(({ body }) => look(tokenIn(body.link!))));
    assert.deepEqual(Object.keys(previews[0]!.body), Object.keys(previews[1]!.body));
  });

  test("nobody invites to more than they are themselves", async () => {
    assertRefused(await invite(admin, newAddress(), "owner"), "not_allowed", /role owner/);
    assertDone(await invite(admin, newAddress(), "admin"), 201);
    assertDone(await invite(owner, newAddress(), "owner"), 201);
    assertRefused(await invite(member, newAddress()), "not_allowed", /role admin/);
    assertRefused(await invite(stranger, newAddress()), "not_found");
    assertRefused(await invite(owner, member.email), "conflict", /member already/);
  });

  test("invitations are listed and revoked by owners and admins, and an owner's only by owners", async () => {
    const email = newAddress();
    const invited = await invite(owner, email, "owner");
    const token = tokenIn(invited.body.link!);
    const { body } = await admin.call<Invitation[]>("GET", path);
    const { link: _, ...listed } = invited.body;
    assert.deepEqual(
      body.find((each) => each.email === email),
      listed,
    );
    assert.equal(listed.invited_by, "olga");
    const own = `${path}${listed.id}/`;
    assertRefused(await admin.call("DELETE", own), "not_allowed", /role owner/);
    assertDone(await look(token));
    for (const who of [member, stranger]) {
      const code = who === member ? "not_allowed" : "not_found";
      assertRefused(await who.call("GET", path), code);
      assertRefused(await who.call("DELETE", own), code);
    }
    const elsewhere = `/api/organizations/${stranger.organizationId}/invitations/${listed.id}/`;
    assertRefused(await stranger.call("DELETE", elsewhere), "not_found");
    assertDone(await owner.call("DELETE", own), 204);
    assertRefused(await owner.call("DELETE", own), "not_found");
    assertNotGood(await look(token));
  });

  test("a link is good once, also for two who come at once", async () => {
    const token = await linkFor(owner, newAddress());
    const pages = [browser(), browser()];
    const answers = await Promise.all(pages.map((page) => register(page, token)));
    assert.deepEqual(answers.map(({ status }) => status).sort()[0], 201);
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assertNotGood(await look(token));
    assertNotGood(await register(browser(), token));
    assertNotGood(await accept(stranger, token));
  });

  test("inviting again replaces the link before; the role is the new one", async () => {
    const email = newAddress();
    const first = await linkFor(owner, email, "admin");
    const second = await linkFor(admin, email, "member");
    assertNotGood(await look(first));
    assert.equal((await look(second)).body.role, "member");
    const { body } = await owner.call<Invitation[]>("GET", path);
    assert.equal(body.filter((each) => each.email === email).length, 1);
  });

  test("an admin does not replace an owner's invitation of an owner", async () => {
    const email = newAddress();
    const first = await linkFor(owner, email, "owner");
    assertRefused(await invite(admin, email, "member"), "not_allowed", /role owner/);
    assert.equal((await look(first)).body.role, "owner");
  });

  test("an expired link is not good, nor one that never was", async () => {
    const token = await linkFor(owner, newAddress());
    await query("UPDATE accounts.invitations SET expires_at = now() WHERE token_hash = $1", [
      createHash("sha256").update(token).digest(),
    ]);
    for (const each of [token, "nonsense", `${token}x`]) {
      assertNotGood(await look(each));
      assertNotGood(await register(browser(), each));
      assertNotGood(await accept(stranger, each));
    }
  });

  test("a link gives nobody what its inviter has lost", async () => {
    const helper = await people.add("hedy", { organization: "North", organizationRole: "admin" });
    const token = await linkFor(helper, newAddress(), "admin");
    const standing = `/api/organizations/${owner.organizationId}/members/${helper.id}/`;
    assertDone(await owner.call("PUT", standing, { role: "member" }));
    assertNotGood(await look(token));
    assertDone(await owner.call("PUT", standing, { role: "admin" }));
    assertDone(await look(token));
    await people.disable(helper);
    assertNotGood(await register(browser(), token));
    await people.enable(helper);
    await query("UPDATE accounts.users SET role = 'read_only' WHERE id = $1", [helper.id]);
    assertNotGood(await register(browser(), token));
    await query("UPDATE accounts.users SET role = 'user' WHERE id = $1", [helper.id]);
    const demand = "UPDATE accounts.organizations SET require_two_factor = $2 WHERE id = $1";
    await query(demand, [owner.organizationId, true]);
    assertNotGood(await register(browser(), token));
    await query(demand, [owner.organizationId, false]);
    assertDone(await look(token));
    assertDone(await owner.call("DELETE", standing), 204);
    assertNotGood(await register(browser(), token));
  });

  test("whoever became a member meanwhile stays what they are", async () => {
    const guest = await people.add("jo", { organization: "South", organizationRole: "member" });
    const first = await linkFor(owner, guest.email, "member");
    const root = await people.add("root", { organization: "Head office", role: "admin" });
    const standing = `/api/organizations/${owner.organizationId}/members/${guest.id}/`;
    assertDone(await root.call("PUT", standing, { role: "admin" }));
    assert.equal((await accept(guest, first)).body.role, "admin");
    assertNotGood(await look(first));
  });

  test("nobody joins more than a hundred organisations, and the link stays good until they leave one", async () => {
    const token = await linkFor(owner, "sam@example.com");
    const client = new pg.Client({ connectionString: people.installation.database.ownerUrl });
    await client.connect();
    cleanup.after(() => client.end());
    await client.query(
      `WITH made AS (INSERT INTO accounts.organizations (name, slug) SELECT 'many', 'many-' || i FROM generate_series(1, 99) i RETURNING id)
       INSERT INTO accounts.members (organization_id, user_id, role) SELECT id, $1, 'member' FROM made`,
      [stranger.id],
    );
    assertRefused(await accept(stranger, token), "conflict", /100 organisations/);
    await client.query("DELETE FROM accounts.organizations WHERE slug LIKE 'many-%'");
    assertDone(await accept(stranger, token));
    await client.query("DELETE FROM accounts.members WHERE user_id = $1 AND organization_id = $2", [
      stranger.id,
      owner.organizationId,
    ]);
  });

  test("a password is held to the rules, and the link stays good for a better one", async () => {
    const email = newAddress();
    const token = await linkFor(owner, email);
    assertRefused(await register(browser(), token, email), "validation_failed", /own name or e-mail/);
    assertDone(await register(browser(), token), 201);
  });

  test("the link's token is stored hashed and stands in no audit entry", async () => {
    const token = await linkFor(owner, newAddress());
    const stored = await query("SELECT i::text AS row FROM accounts.invitations i");
    await query("SELECT audit.sequence(5000, true)");
    const told = await query("SELECT e::text AS row FROM audit.entries e");
    assert.ok(told.length > 0);
    const hash = createHash("sha256").update(token).digest("hex");
    for (const { row } of [...stored, ...told]) assert.ok(!String(row).includes(token));
    for (const { row } of told) assert.ok(!String(row).includes(hash));
  });

  test("whoever joins stands in the audit as who did it", async () => {
    const email = newAddress();
    const token = await linkFor(owner, email);
    const page = browser();
    await register(page, token);
    const { id } = (await page.call<Me>("GET", "/api/me/")).body;
    await query("SELECT audit.sequence(5000, true)");
    const entries = await query(
      "SELECT user_id FROM audit.entries WHERE action = 'member.create' AND (after ->> 'user_id')::int = $1",
      [id],
    );
    assert.deepEqual(entries, [{ user_id: id }]);
  });

  test("a read-only user, a token without the scope and one for one project neither invite nor accept", async () => {
    const narrow = { organization: "North", organizationRole: "admin" } as const;
    const writing = await people.add("wim", { ...narrow, scopes: ["read", "write", "train"] });
    const readOnly = await people.add("ron", { ...narrow, role: "read_only" });
    for (const who of [writing, readOnly]) {
      assertRefused(await invite(who, newAddress()), "not_allowed");
      assertRefused(await who.call("GET", path), "not_allowed");
    }
    const southPath = `/api/organizations/${stranger.organizationId}/invitations/`;
    const toSouth = async (email: string) => {
      const { body } = await stranger.call<CreatedInvitation>("POST", southPath, { email, role: "member" });
      return tokenIn(body.link!);
    };
    assertRefused(await accept(readOnly, await toSouth(readOnly.email)), "not_allowed", /read-only/);
    assertRefused(await accept(writing, await toSouth(writing.email)), "not_allowed", /scope "admin"/);
    const project = await owner.call<{ id: number }>("POST", "/api/projects/", { name: "Survey" });
    const made = await owner.call<{ token: string }>("POST", "/api/tokens/", {
      name: "narrow",
      scopes: ["read", "write", "admin"],
      project: project.body.id,
    });
    const script = people.installation.caller(made.body.token);
    const token = await toSouth(owner.email);
    assertRefused(await script.call("POST", "/api/invitations/accept/", { token }), "not_allowed");
    assertRefused(await script.call("POST", path, { email: newAddress(), role: "member" }), "not_found");
    assertDone(await accept(owner, token));
  });
});
