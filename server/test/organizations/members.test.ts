import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { OrganizationMember, Project } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { assertDone, assertRefused, type People, type Person, settle } from "./people.ts";

describe("members of an organisation", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let count = 0;

  before(async () => {
    people = await settle(cleanup);
  });

  interface Team {
    readonly owner: Person;
    readonly admin: Person;
    readonly member: Person;
    readonly path: string;
  }

  async function newTeam(): Promise<Team> {
    const organization = `Team ${++count}`;
    const owner = await people.add(`owner${count}`, { organization });
    const admin = await people.add(`admin${count}`, { organization, organizationRole: "admin" });
    const member = await people.add(`member${count}`, { organization, organizationRole: "member" });
    return { owner, admin, member, path: `/api/organizations/${owner.organizationId}/` };
  }

  const put = (who: Person, { path }: Team, user: number, role: string) =>
    who.call<OrganizationMember>("PUT", `${path}members/${user}/`, { role });
  const remove = (who: Person, { path }: Team, user: number) => who.call("DELETE", `${path}members/${user}/`);

  async function rolesOf({ owner, path }: Team): Promise<Record<string, string>> {
    const { body } = await owner.call<OrganizationMember[]>("GET", `${path}members/`);
    return Object.fromEntries(body.map(({ name, role }) => [name.replace(/\d+$/, ""), role]));
  }

  test("every member sees who else is in it, page by page", async () => {
    const team = await newTeam();
    const { body, headers } = await team.member.call<OrganizationMember[]>(
      "GET",
      `${team.path}members/?limit=2`,
    );
    assert.equal(body.length, 2);
    assert.equal(headers.get("x-total-count"), "3");
    const { created_at: _, ...first } = body[0]!;
    assert.deepEqual(first, {
      user: team.owner.id,
      name: team.owner.email.split("@")[0],
      email: team.owner.email,
      role: "owner",
      two_factor: false,
      disabled: false,
    });
  });

  test("an owner raises and lowers anybody", async () => {
    const team = await newTeam();
    for (const role of ["admin", "owner", "member"] as const) {
      assert.equal((await put(team.owner, team, team.member.id, role)).body.role, role);
    }
    assert.deepEqual(await rolesOf(team), { owner: "owner", admin: "admin", member: "member" });
  });

  test("an admin makes admins of members and members of admins, and neither touches owners nor makes any", async () => {
    const team = await newTeam();
    assertDone(await put(team.admin, team, team.member.id, "admin"));
    assertDone(await put(team.admin, team, team.member.id, "member"));
    for (const [user, role] of [
      [team.member.id, "owner"],
      [team.admin.id, "owner"],
      [team.owner.id, "member"],
    ] as const) {
      assertRefused(await put(team.admin, team, user, role), "not_allowed", /role owner/);
    }
    assertRefused(await remove(team.admin, team, team.owner.id), "not_allowed", /role owner/);
    assertRefused(
      await team.admin.call("POST", `${team.path}transfer/`, { user: team.admin.id }),
      "not_allowed",
    );
    assert.deepEqual(await rolesOf(team), { owner: "owner", admin: "admin", member: "member" });
  });

  test("a member changes nobody, themselves least of all, and may leave", async () => {
    const team = await newTeam();
    assertRefused(await put(team.member, team, team.member.id, "admin"), "not_allowed");
    assertRefused(await put(team.member, team, team.admin.id, "member"), "not_allowed");
    assertRefused(await remove(team.member, team, team.admin.id), "not_allowed");
    assertDone(await remove(team.member, team, team.member.id), 204);
    assert.deepEqual(await rolesOf(team), { owner: "owner", admin: "admin" });
    assertRefused(await team.member.call("GET", team.path), "not_found");
  });

  test("an admin may step down", async () => {
    const team = await newTeam();
    assertDone(await put(team.admin, team, team.admin.id, "member"));
    assertRefused(await put(team.admin, team, team.admin.id, "admin"), "not_allowed");
  });

  test("whoever is no member cannot be made one without an invitation, whether they exist or not", async () => {
    const team = await newTeam();
    const other = await newTeam();
    const foreign = await put(team.owner, team, other.member.id, "member");
    const unknown = await put(team.owner, team, 999_999, "member");
    const removed = await remove(team.owner, team, other.member.id);
    for (const answer of [foreign, unknown, removed]) {
      assertRefused(answer, "not_found", /^There is no such member, or you may not see it\.$/);
    }
    assert.deepEqual(await rolesOf(other), { owner: "owner", admin: "admin", member: "member" });
  });

  test("another team's members can be neither seen nor changed", async () => {
    const team = await newTeam();
    const { owner: stranger } = await newTeam();
    assertRefused(await put(stranger, team, stranger.id, "owner"), "not_found");
    assertRefused(await put(stranger, team, team.member.id, "admin"), "not_found");
    assertRefused(await remove(stranger, team, team.member.id), "not_found");
    assertRefused(await remove(stranger, team, stranger.id), "not_found");
    assert.deepEqual(await rolesOf(team), { owner: "owner", admin: "admin", member: "member" });
  });

  test("the last owner who can sign in stays owner and stays, and is told what to do", async () => {
    const team = await newTeam();
    assertRefused(
      await remove(team.owner, team, team.owner.id),
      "conflict",
      /Make another member owner first/,
    );
    assertRefused(
      await put(team.owner, team, team.owner.id, "admin"),
      "conflict",
      /Make another member owner first/,
    );
    assertDone(await put(team.owner, team, team.member.id, "owner"));
    await people.disable(team.member);
    assertRefused(await remove(team.owner, team, team.owner.id), "conflict");
    await people.enable(team.member);
    assertDone(await remove(team.owner, team, team.owner.id), 204);
  });

  test("an owner who may only read is none to leave an organisation to", async () => {
    const team = await newTeam();
    const root = await people.add(`chief${count}`, { organization: "Head office", role: "admin" });
    assertDone(await root.call("PATCH", `/api/users/${team.member.id}/`, { role: "read_only" }));
    assertRefused(
      await team.owner.call("POST", `${team.path}transfer/`, { user: team.member.id }),
      "conflict",
      /read-only/,
    );
    assertDone(await put(team.owner, team, team.member.id, "owner"));
    assertRefused(
      await remove(team.owner, team, team.owner.id),
      "conflict",
      /Make another member owner first/,
    );
    assertRefused(
      await team.owner.call("POST", "/api/me/delete/", { password: "correct horse battery" }),
      "conflict",
      /last owner/,
    );
    assertDone(await root.call("PATCH", `/api/users/${team.member.id}/`, { role: "user" }));
    assertDone(await remove(team.owner, team, team.owner.id), 204);
  });

  test("of two owners who remove or lower each other at once, one stays", async () => {
    for (const end of [
      (who: Person, team: Team, whom: Person) => remove(who, team, whom.id),
      (who: Person, team: Team, whom: Person) => put(who, team, whom.id, "member"),
      (who: Person, team: Team) => remove(who, team, who.id),
    ]) {
      for (let round = 0; round < 3; round++) {
        const team = await newTeam();
        const { owner: one, admin: two } = team;
        assertDone(await put(one, team, two.id, "owner"));
        const answers = await Promise.all([end(one, team, two), end(two, team, one)]);
        const done = answers.filter(({ status }) => status < 300);
        assert.equal(done.length, 1, JSON.stringify(answers.map(({ body }) => body)));
        const { body } = await team.member.call<OrganizationMember[]>("GET", `${team.path}members/`);
        assert.equal(body.filter(({ role }) => role === "owner").length, 1);
      }
    }
  });

  test("ownership goes to a member, and who gave it stays an admin", async () => {
    const team = await newTeam();
    const transfer = (user: number) => team.owner.call("POST", `${team.path}transfer/`, { user });
    assertRefused(await transfer(team.owner.id), "conflict");
    assertRefused(await transfer(999_999), "not_found");
    await people.disable(team.member);
    assertRefused(await transfer(team.member.id), "conflict", /disabled/);
    await people.enable(team.member);
    const given = await transfer(team.member.id);
    assert.equal(given.body.role, "admin");
    assert.deepEqual(await rolesOf(team), { owner: "admin", admin: "admin", member: "owner" });
    assertRefused(await transfer(team.owner.id), "not_allowed");
  });

  test("an administrator of the installation puts anybody into any organisation, themselves too", async () => {
    const team = await newTeam();
    const root = await people.add("root", { organization: "Head office", role: "admin" });
    assertRefused(await root.call("GET", `${team.path}members/`), "not_found");
    assertRefused(await put(root, team, 999_999, "member"), "not_found");
    assertRefused(
      await root.call("PUT", "/api/organizations/999999/members/1/", { role: "owner" }),
      "not_found",
    );
    assertRefused(await put(root, team, team.owner.id, "admin"), "conflict");
    assertDone(await put(root, team, root.id, "owner"));
    assert.equal((await root.call<OrganizationMember[]>("GET", `${team.path}members/`)).body.length, 4);
    const reading = await people.add("reader", {
      organization: "Head office",
      role: "admin",
      scopes: ["read"],
    });
    assertRefused(await put(reading, team, reading.id, "owner"), "not_allowed", /scope/);
  });

  test("removal ends what they were in the organisation's projects, and their tokens for these, at once", async () => {
    const team = await newTeam();
    const { body: project } = await team.member.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const made = await team.member.call<{ token: string }>("POST", "/api/tokens/", {
      name: "script",
      scopes: ["read"],
      project: project.id,
    });
    const script = people.installation.caller(made.body.token);
    assertDone(await script.call("GET", `/api/projects/${project.id}/`));
    assertDone(await remove(team.admin, team, team.member.id), 204);
    assertRefused(await script.call("GET", `/api/projects/${project.id}/`), "not_signed_in");
    assertRefused(await team.member.call("GET", `/api/projects/${project.id}/`), "not_found");
    const root = await people.add("returner", { organization: "Head office", role: "admin" });
    assertDone(await put(root, team, team.member.id, "member"));
    assertRefused(await team.member.call("GET", `/api/projects/${project.id}/`), "not_found");
    assertRefused(await script.call("GET", `/api/projects/${project.id}/`), "not_signed_in");
  });

  test("a token without the scope and a read-only user change no member, not even by leaving", async () => {
    const team = await newTeam();
    const organization = `Team ${count}`;
    const writing = await people.add("writer", {
      organization,
      organizationRole: "admin",
      scopes: ["read", "write", "train"],
    });
    const readOnly = await people.add("looker", {
      organization,
      organizationRole: "owner",
      role: "read_only",
    });
    for (const who of [writing, readOnly]) {
      assertRefused(await put(who, team, team.member.id, "admin"), "not_allowed");
      assertRefused(await remove(who, team, team.member.id), "not_allowed");
      assertRefused(await remove(who, team, who.id), "not_allowed");
      assertRefused(await who.call("POST", `${team.path}transfer/`, { user: team.member.id }), "not_allowed");
    }
    assertDone(await readOnly.call("GET", `${team.path}members/`));
  });
});
