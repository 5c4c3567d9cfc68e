import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import type { Project, ProjectMember } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { assertDone, assertRefused, type People, type Person, settle } from "./people.ts";

describe("members of a project", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let chief: Person;
  let founder: Person;
  let second: Person;
  let third: Person;
  let stranger: Person;
  let path: string;

  before(async () => {
    people = await settle(cleanup);
    chief = await people.add("carla", { organization: "North" });
    const member = { organization: "North", organizationRole: "member" } as const;
    founder = await people.add("fay", member);
    second = await people.add("stan", member);
    third = await people.add("tom", member);
    stranger = await people.add("sam", { organization: "South" });
  });

  beforeEach(async () => {
    path = `/api/projects/${(await newProject()).id}/`;
  });

  async function newProject(): Promise<Project> {
    return (await founder.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
  }
  const put = (who: Person, user: Person, role: string) =>
    who.call<ProjectMember>("PUT", `${path}members/${user.id}/`, { role });
  const remove = (who: Person, user: Person) => who.call("DELETE", `${path}members/${user.id}/`);

  async function membersSeenBy(who: Person): Promise<string[]> {
    const { body } = await who.call<ProjectMember[]>("GET", `${path}members/`);
    return body.map(
      ({ name, role, by_organization }) => `${name} ${role}${by_organization ? " of all" : ""}`,
    );
  }

  test("those named in it and the organisation's owners and admins are listed, for viewers too", async () => {
    assertDone(await put(founder, second, "viewer"));
    const all = ["carla owner of all", "fay owner", "stan viewer"];
    assert.deepEqual(await membersSeenBy(second), all);
    assert.deepEqual(await membersSeenBy(chief), all);
    assertRefused(await third.call("GET", `${path}members/`), "not_found");
    assertRefused(await stranger.call("GET", `${path}members/`), "not_found");
    const page = await founder.call<ProjectMember[]>("GET", `${path}members/?limit=1&offset=1`);
    assert.equal(page.headers.get("x-total-count"), "3");
    assert.deepEqual(page.body, [
      { user: founder.id, name: "fay", email: founder.email, role: "owner", by_organization: false },
    ]);
  });

  test("an owner sets what others are, and it holds from their next request", async () => {
    assertRefused(await second.call("GET", path), "not_found");
    assertDone(await put(founder, second, "viewer"));
    assertRefused(await second.call("PATCH", path, { description: "x" }), "not_allowed");
    assertDone(await put(founder, second, "collaborator"));
    assertDone(await second.call("PATCH", path, { description: "x" }));
    assertDone(await put(chief, second, "owner"));
    assertDone(await put(second, founder, "viewer"));
    assertRefused(await founder.call("PATCH", path, { description: "y" }), "not_allowed");
  });

  test("collaborators and viewers set nobody, themselves least of all", async () => {
    assertDone(await put(founder, second, "collaborator"));
    assertDone(await put(founder, third, "viewer"));
    for (const who of [second, third]) {
      assertRefused(await put(who, who, "owner"), "not_allowed", /role owner/);
      assertRefused(await put(who, founder, "viewer"), "not_allowed");
      assertRefused(await remove(who, founder), "not_allowed");
      assertRefused(await who.call("POST", `${path}transfer/`, { user: who.id }), "not_allowed");
      assertRefused(await who.call("POST", `${path}transfer/`, { user: chief.id }), "not_allowed");
    }
    assert.deepEqual(await membersSeenBy(founder), [
      "carla owner of all",
      "fay owner",
      "stan collaborator",
      "tom viewer",
    ]);
  });

  test("for another team there is no project to be a member of", async () => {
    assertRefused(await put(stranger, stranger, "owner"), "not_found");
    assertRefused(await remove(stranger, founder), "not_found");
    assertRefused(await remove(stranger, stranger), "not_found");
    for (const user of [founder.id, stranger.id]) {
      assertRefused(await stranger.call("POST", `${path}transfer/`, { user }), "not_found");
    }
    assert.deepEqual(await membersSeenBy(founder), ["carla owner of all", "fay owner"]);
  });

  test("whoever is not in the organisation cannot be in its project, whether they exist or not", async () => {
    const foreign = await put(founder, stranger, "viewer");
    const unknown = await founder.call("PUT", `${path}members/999999/`, { role: "viewer" });
    const given = await founder.call("POST", `${path}transfer/`, { user: stranger.id });
    for (const answer of [foreign, unknown, given]) {
      assertRefused(answer, "conflict", /Invite this person into the organisation first/);
    }
    assertRefused(await remove(founder, stranger), "not_found");
  });

  test("anybody leaves, the last owner named in it too: those of the organisation remain", async () => {
    assertDone(await put(founder, second, "viewer"));
    assertDone(await remove(second, second), 204);
    assertRefused(await second.call("GET", path), "not_found");
    assertDone(await remove(founder, founder), 204);
    assertRefused(await founder.call("GET", path), "not_found");
    assert.deepEqual(await membersSeenBy(chief), ["carla owner of all"]);
    assertDone(await put(chief, third, "owner"));
  });

  test("an owner by the organisation is not removed here", async () => {
    assertRefused(await remove(founder, chief), "conflict", /role in the organisation/);
    assertRefused(await remove(chief, chief), "conflict", /role in the organisation/);
    assertRefused(await remove(founder, third), "not_found");
  });

  test("ownership goes to somebody of the organisation, and who gave it stays a collaborator", async () => {
    assertRefused(await founder.call("POST", `${path}transfer/`, { user: founder.id }), "conflict");
    const given = await founder.call<Project>("POST", `${path}transfer/`, { user: third.id });
    assert.equal(given.body.role, "collaborator");
    assert.deepEqual(await membersSeenBy(founder), ["carla owner of all", "fay collaborator", "tom owner"]);
    assertRefused(await founder.call("POST", `${path}transfer/`, { user: founder.id }), "not_allowed");
    const byChief = await chief.call<Project>("POST", `${path}transfer/`, { user: second.id });
    assert.equal(byChief.body.role, "owner");
  });

  test("a token ends with its user's place in the project, and does not come back with it", async () => {
    assertDone(await put(founder, second, "viewer"));
    const { id } = (await founder.call<Project>("GET", path)).body;
    const request = { name: "script", scopes: ["read"], project: id };
    const made = await second.call<{ token: string }>("POST", "/api/tokens/", request);
    const script = people.installation.caller(made.body.token);
    assertDone(await script.call("GET", path));
    assertDone(await remove(founder, second), 204);
    assertDone(await put(founder, second, "viewer"));
    assertRefused(await script.call("GET", path), "not_signed_in");
  });

  test("a token without the scope, one for another project and a read-only user set nobody", async () => {
    const other = await newProject();
    const tokenFor = async (request: object) => {
      const { body } = await founder.call<{ token: string }>("POST", "/api/tokens/", {
        name: "t",
        ...request,
      });
      return people.installation.caller(body.token);
    };
    const body = { role: "viewer" };
    const writing = await tokenFor({ scopes: ["read", "write", "train"] });
    assertRefused(
      await writing.call("PUT", `${path}members/${second.id}/`, body),
      "not_allowed",
      /scope "admin"/,
    );
    assertRefused(await writing.call("DELETE", `${path}members/${founder.id}/`), "not_allowed");
    const elsewhere = await tokenFor({ scopes: ["read", "write", "admin"], project: other.id });
    assertRefused(await elsewhere.call("PUT", `${path}members/${second.id}/`, body), "not_found");
    assertDone(await elsewhere.call("PUT", `/api/projects/${other.id}/members/${second.id}/`, body));
    const managing = await tokenFor({ scopes: ["admin", "read"] });
    assertDone(await managing.call("PUT", `${path}members/${second.id}/`, body));
    const readOnly = await people.add("ron", {
      organization: "North",
      organizationRole: "admin",
      role: "read_only",
    });
    assertDone(await readOnly.call("GET", `${path}members/`));
    assertRefused(await put(readOnly, third, "owner"), "not_allowed", /read-only/);
    assertRefused(await remove(readOnly, founder), "not_allowed", /read-only/);
  });
});
