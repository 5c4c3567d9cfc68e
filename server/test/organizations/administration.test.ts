import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Jwt, Project, User } from "@magtrace/contracts";
import { openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { assertDone, assertRefused, type People, type Person, settle } from "./people.ts";

describe("administration of accounts", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let root: Person;
  let owner: Person;

  before(async () => {
    people = await settle(cleanup);
    root = await people.add("root", { organization: "Head office", role: "admin" });
    owner = await people.add("olga", { organization: "North" });
  });

  const change = (who: Person, user: number, body: object) =>
    who.call<User>("PATCH", `/api/users/${user}/`, body);

  test("accounts are listed page by page, and found by part of a name or an address", async () => {
    await people.add("per_cent", { organization: "North", organizationRole: "admin" });
    const { body, headers } = await root.call<User[]>("GET", "/api/users/?search=OLG");
    assert.equal(headers.get("x-total-count"), "1");
    const { created_at: _, last_seen_at: seen, ...olga } = body[0]!;
    assert.ok(seen);
    assert.deepEqual(olga, {
      id: owner.id,
      name: "olga",
      email: owner.email,
      email_verified: true,
      role: "user",
      disabled: false,
      two_factor: false,
      organizations: [{ id: owner.organizationId, name: "North", role: "owner" }],
    });
    const everybody = await root.call<User[]>("GET", "/api/users/?limit=1");
    assert.equal(everybody.body.length, 1);
    assert.ok(Number(everybody.headers.get("x-total-count")) >= 3);
    // Nothing of a pattern is meant as one.
    const literal = await root.call<User[]>("GET", `/api/users/?search=${encodeURIComponent("_")}`);
    assert.deepEqual(
      literal.body.map(({ name }) => name),
      ["per_cent"],
    );
    assert.deepEqual((await root.call("GET", `/api/users/?search=${encodeURIComponent("%")}`)).body, []);
  });

  test("a role holds from the next request on", async () => {
    const user = await people.add("uwe", { organization: "North", organizationRole: "member" });
    const project = () => user.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const { body: made } = await project();
    assert.equal((await change(root, user.id, { role: "read_only" })).body.role, "read_only");
    assertRefused(await project(), "not_allowed", /read-only/);
    assertRefused(await user.call("PATCH", `/api/projects/${made.id}/`, { name: "x" }), "not_allowed");
    assertDone(await user.call("GET", `/api/projects/${made.id}/`));
    assertRefused(await user.call("GET", "/api/users/"), "not_allowed");
    assertDone(await change(root, user.id, { role: "admin" }));
    assertDone(await user.call("GET", "/api/users/"));
    assertDone(await change(root, user.id, { role: "user" }));
    assertRefused(await user.call("GET", "/api/users/"), "not_allowed");
  });

  test("a disabled account gets nothing from the next request on, and its sessions do not come back", async () => {
    const user = await people.add("dora", { organization: "North", organizationRole: "member" });
    const cookie = await people.signIn(user);
    assert.equal(await people.statusWith(cookie), 200);
    assert.equal((await change(root, user.id, { disabled: true })).body.disabled, true);
    assertRefused(await user.call("GET", "/api/me/"), "not_signed_in");
    assert.equal(await people.statusWith(cookie), 401);
    assertDone(await change(root, user.id, { disabled: false }));
    assertDone(await user.call("GET", "/api/me/"));
    assert.equal(await people.statusWith(cookie), 401);
  });

  test("signing somebody out ends their sessions and no one else's", async () => {
    const user = await people.add("ines", { organization: "North", organizationRole: "member" });
    const cookies = [await people.signIn(user), await people.signIn(user)];
    const other = await people.signIn(owner);
    assertDone(await root.call("POST", `/api/users/${user.id}/sign_out/`), 204);
    for (const cookie of cookies) assert.equal(await people.statusWith(cookie), 401);
    assert.equal(await people.statusWith(other), 200);
    assertDone(await user.call("GET", "/api/me/"));
    assertRefused(await root.call("POST", "/api/users/999999/sign_out/"), "not_found");
  });

  test("what was made from a session ends with it, what was made from a token does not", async () => {
    const user = await people.add("jan", { organization: "North", organizationRole: "member" });
    const page = openBrowser(people.installation.api.address);
    assertDone(await page.signIn(user.email, "correct horse battery"));
    const jwts = [await page.call<Jwt>("POST", "/api/jwt/"), await user.call<Jwt>("POST", "/api/jwt/")];
    const [ofSession, ofToken] = jwts.map(({ body }) => people.installation.caller(body.token));
    assertDone(await ofSession!.call("GET", "/api/me/"));
    assertDone(await root.call("POST", `/api/users/${user.id}/sign_out/`), 204);
    assertRefused(await ofSession!.call("GET", "/api/me/"), "not_signed_in");
    assertDone(await ofToken!.call("GET", "/api/me/"));
    assertDone(await change(root, user.id, { disabled: true }));
    assertRefused(await ofToken!.call("GET", "/api/me/"), "not_signed_in");
  });

  test("nobody changes their own role or disables themselves", async () => {
    for (const body of [{ role: "user" }, { disabled: true }, { role: "admin" }]) {
      assertRefused(await change(root, root.id, body), "conflict", /another administrator/);
    }
    assertDone(await root.call("GET", "/api/users/"));
    assertRefused(await change(root, 999_999, { role: "user" }), "not_found");
  });

  test("of two administrators who demote or disable each other at once, one stays", async () => {
    for (const body of [{ role: "user" }, { disabled: true }]) {
      for (let round = 0; round < 3; round++) {
        const other = await people.add(`admin${Object.keys(body)[0]}${round}`, {
          organization: "Head office",
          role: "admin",
        });
        const answers = await Promise.all([change(root, other.id, body), change(other, root.id, body)]);
        const done = answers.filter(({ status }) => status === 200);
        assert.equal(done.length, 1, JSON.stringify(answers.map((answer) => answer.body)));
        const [kept, lost] = answers[0]!.status === 200 ? [root, other] : [other, root];
        assertDone(await change(kept, lost.id, { role: "admin", disabled: false }));
        assertDone(await change(root, other.id, { role: "user" }));
      }
    }
  });

  test("an administrator's token for one project administers nothing", async () => {
    const { body: project } = await root.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const made = await root.call<{ token: string }>("POST", "/api/tokens/", {
      name: "script",
      scopes: ["read", "write", "admin"],
      project: project.id,
    });
    const script = people.installation.caller(made.body.token);
    for (const [method, path, body] of [
      ["GET", "/api/users/"],
      ["PATCH", `/api/users/${owner.id}/`, { role: "admin" }],
      ["POST", `/api/users/${owner.id}/sign_out/`],
      ["GET", "/api/organizations/?all=true"],
      ["POST", "/api/organizations/", { name: "Mine" }],
      ["PUT", `/api/organizations/${owner.organizationId}/members/${root.id}/`, { role: "owner" }],
      ["GET", "/api/audit/?organization_id=0"],
    ] as const) {
      const answer = await script.call(method, path, body);
      assert.ok([403, 404].includes(answer.status), `${method} ${path}: ${answer.status}`);
    }
  });

  test("nobody else looks at or changes accounts", async () => {
    const narrow = await people.add("nora", {
      organization: "Head office",
      role: "admin",
      scopes: ["read", "write", "train"],
    });
    for (const who of [owner, narrow]) {
      assertRefused(await who.call("GET", "/api/users/"), "not_allowed");
      assertRefused(await change(who, root.id, { role: "user" }), "not_allowed");
      assertRefused(await who.call("POST", `/api/users/${root.id}/sign_out/`), "not_allowed");
    }
    assertRefused(await change(owner, owner.id, { role: "admin" }), "not_allowed");
  });
});
