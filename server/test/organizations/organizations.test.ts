import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Organization } from "@magtrace/contracts";
import pg from "pg";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { assertDone, assertRefused, type People, type Person, settle } from "./people.ts";

describe("organisations", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let root: Person;
  let owner: Person;
  let admin: Person;
  let member: Person;
  let stranger: Person;
  let path: string;

  before(async () => {
    people = await settle(cleanup);
    root = await people.add("root", { organization: "Head office", role: "admin" });
    owner = await people.add("olga", { organization: "North" });
    admin = await people.add("adam", { organization: "North", organizationRole: "admin" });
    member = await people.add("mia", { organization: "North", organizationRole: "member" });
    stranger = await people.add("sam", { organization: "South" });
    path = `/api/organizations/${owner.organizationId}/`;
  });

  test("everybody lists and reads their own, with what they are in it", async () => {
    for (const [who, role] of [
      [owner, "owner"],
      [admin, "admin"],
      [member, "member"],
    ] as const) {
      const { body } = await who.call<Organization[]>("GET", "/api/organizations/");
      assert.deepEqual(
        body.map(({ name, role, members }) => ({ name, role, members })),
        [{ name: "North", role, members: 3 }],
      );
      assert.deepEqual((await who.call("GET", path)).body, body[0]);
    }
  });

  test("another's organisation does not exist, not even for an administrator of the installation", async () => {
    for (const who of [stranger, root]) {
      assertRefused(await who.call("GET", path), "not_found");
      assertRefused(await who.call("PATCH", path, { name: "Mine" }), "not_found");
      assertRefused(await who.call("GET", `${path}members/`), "not_found");
      assertRefused(await who.call("POST", `${path}transfer/`, { user: who.id }), "not_found");
    }
    const unknown = await stranger.call("GET", "/api/organizations/999999/");
    const foreign = await stranger.call("GET", path);
    assert.equal(unknown.body.error, foreign.body.error);
  });

  test("an administrator of the installation lists all of them and makes one for somebody else", async () => {
    const made = await root.call<Organization>("POST", "/api/organizations/", {
      name: "West",
      owner: member.id,
    });
    assertDone(made, 201);
    assert.deepEqual([made.body.name, made.body.role, made.body.members], ["West", null, 1]);
    const own = await member.call<Organization>("GET", `/api/organizations/${made.body.id}/`);
    assert.equal(own.body.role, "owner");
    const all = await root.call<Organization[]>("GET", "/api/organizations/?all=true&limit=2");
    assert.equal(all.body.length, 2);
    assert.equal(all.headers.get("x-total-count"), "4");
    assertRefused(
      await root.call("POST", "/api/organizations/", { name: "West", owner: member.id }),
      "conflict",
    );
    assertRefused(
      await root.call("POST", "/api/organizations/", { name: "East", owner: 99_999 }),
      "not_found",
    );
  });

  test("nobody else makes organisations or lists those of others", async () => {
    for (const who of [owner, stranger]) {
      assertRefused(await who.call("POST", "/api/organizations/", { name: "Mine" }), "not_allowed");
      assertRefused(await who.call("GET", "/api/organizations/?all=true"), "not_allowed");
    }
    const reading = await people.add("rita", {
      organization: "Head office",
      role: "admin",
      scopes: ["read"],
    });
    assertRefused(
      await reading.call("POST", "/api/organizations/", { name: "Mine" }),
      "not_allowed",
      /scope/,
    );
    assertRefused(await reading.call("GET", "/api/organizations/?all=true"), "not_allowed", /scope/);
  });

  test("owners and admins rename it, members do not", async () => {
    assertRefused(await member.call("PATCH", path, { name: "Mia's" }), "not_allowed", /role admin/);
    for (const who of [owner, admin]) {
      const name = `North of ${who.email}`;
      assert.equal((await who.call("PATCH", path, { name })).body.name, name);
    }
    assertDone(await owner.call("PATCH", path, { name: "North" }));
  });

  test("a second factor is required of all only by somebody who has one", async () => {
    assertRefused(await admin.call("PATCH", path, { require_two_factor: true }), "conflict", /second factor/);
    assert.equal((await owner.call<Organization>("GET", path)).body.require_two_factor, false);
    await asDatabaseOwner(`UPDATE accounts.users SET two_factor_enabled = true WHERE id = ${admin.id}`);
    const asked = await admin.call<Organization>("PATCH", path, { require_two_factor: true });
    assert.equal(asked.body.require_two_factor, true);
    const dropped = await admin.call<Organization>("PATCH", path, { require_two_factor: false });
    assert.deepEqual([dropped.body.require_two_factor, dropped.body.name], [false, "North"]);
  });

  test("a token for one project, one without the scope and a read-only user change nothing", async () => {
    const project = await owner.call<{ id: number }>("POST", "/api/projects/", { name: "Survey" });
    const made = await owner.call<{ token: string }>("POST", "/api/tokens/", {
      name: "one project",
      scopes: ["read", "write", "admin"],
      project: project.body.id,
    });
    const narrow = people.installation.caller(made.body.token);
    assert.deepEqual((await narrow.call("GET", "/api/organizations/")).body, []);
    assertRefused(await narrow.call("GET", path), "not_found");
    assertRefused(await narrow.call("PATCH", path, { name: "Narrow" }), "not_found");
    const writing = await people.add("wim", {
      organization: "North",
      organizationRole: "admin",
      scopes: ["read", "write", "train"],
    });
    assertRefused(await writing.call("PATCH", path, { name: "Wim's" }), "not_allowed", /scope "admin"/);
    const readOnly = await people.add("ron", {
      organization: "North",
      organizationRole: "admin",
      role: "read_only",
    });
    assertRefused(await readOnly.call("PATCH", path, { name: "Ron's" }), "not_allowed", /read-only/);
    assert.equal((await owner.call<Organization>("GET", path)).body.name, "North");
  });

  async function asDatabaseOwner(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: people.installation.database.ownerUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }
});
