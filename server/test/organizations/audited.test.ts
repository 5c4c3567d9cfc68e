import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CreatedInvitation, Project } from "@magtrace/contracts";
import pg from "pg";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { assertDone, type People, type Person, settle } from "./people.ts";

interface Entry {
  readonly organization_id: number;
  readonly project_id: number | null;
  readonly action: string;
  readonly user_id: number | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

describe("the audit of who is in what", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let root: Person;
  let owner: Person;
  let member: Person;

  before(async () => {
    people = await settle(cleanup);
    root = await people.add("root", { organization: "Head office", role: "admin" });
    owner = await people.add("olga", { organization: "North" });
    member = await people.add("mia", { organization: "North", organizationRole: "member" });
  });

  /** What one request left in the audit. */
  async function entriesOf(who: Person, method: string, path: string, body?: unknown): Promise<Entry[]> {
    const answer = await who.call(method, path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    const client = new pg.Client({ connectionString: people.installation.database.ownerUrl });
    await client.connect();
    await sequenceAudit(client);
    const { rows } = await client
      .query<Entry>(
        `SELECT organization_id, project_id::int, action, user_id, before, after FROM audit.entries
         WHERE request_id = $1 ORDER BY id`,
        [answer.headers.get("x-request-id")],
      )
      .finally(() => client.end());
    return rows;
  }

  const briefly = (entries: Entry[]) =>
    entries.map(({ organization_id, action, user_id }) => [organization_id, action, user_id]);

  test("looking at members and invitations is told in their organisation, at accounts in the installation", async () => {
    const path = `/api/organizations/${owner.organizationId}/`;
    for (const [who, at, action, organization] of [
      [member, path, "organization.read", owner.organizationId],
      [member, `${path}members/`, "organization.read", owner.organizationId],
      [owner, `${path}invitations/`, "organization.members", owner.organizationId],
      [root, "/api/users/", "installation.manage", 0],
      [root, "/api/organizations/?all=true", "installation.manage", 0],
    ] as const) {
      assert.deepEqual(briefly(await entriesOf(who, "GET", at)), [[organization, action, who.id]]);
    }
  });

  test("a change of a role tells what it was, also by an administrator of the installation", async () => {
    const path = `/api/organizations/${owner.organizationId}/members/`;
    const [raised] = await entriesOf(owner, "PUT", `${path}${member.id}/`, { role: "admin" });
    assert.deepEqual(
      [raised!.organization_id, raised!.action, raised!.user_id, raised!.before, raised!.after],
      [owner.organizationId, "member.update", owner.id, { role: "member" }, { role: "admin" }],
    );
    const joined = await entriesOf(root, "PUT", `${path}${root.id}/`, { role: "owner" });
    assert.deepEqual(briefly(joined), [[owner.organizationId, "member.create", root.id]]);
    assertDone(await owner.call("PUT", `${path}${member.id}/`, { role: "member" }));
    const [disabled] = await entriesOf(root, "PATCH", `/api/users/${member.id}/`, { disabled: true });
    assert.deepEqual(
      [disabled!.organization_id, disabled!.action, disabled!.user_id],
      [0, "user.update", root.id],
    );
    assertDone(await root.call("PATCH", `/api/users/${member.id}/`, { disabled: false }));
  });

  test("removal is told, and what goes with it", async () => {
    const { body: project } = await member.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const request = { name: "script", scopes: ["read"], project: project.id };
    assertDone(await member.call("POST", "/api/tokens/", request), 201);
    const path = `/api/organizations/${owner.organizationId}/members/${member.id}/`;
    const entries = await entriesOf(owner, "DELETE", path);
    assert.deepEqual(
      briefly(entries).sort(),
      [
        [0, "token.update", owner.id],
        [owner.organizationId, "member.delete", owner.id],
        [owner.organizationId, "project_member.delete", owner.id],
      ].sort(),
    );
  });

  test("an invitation is told with whom it invites, and not with its link", async () => {
    const path = `/api/organizations/${owner.organizationId}/invitations/`;
    const body = { email: "guest@example.com", role: "member" };
    const [entry] = await entriesOf(owner, "POST", path, body);
    assert.deepEqual([entry!.action, entry!.after?.email], ["invitation.create", "guest@example.com"]);
    const again = await owner.call<CreatedInvitation>("POST", path, body);
    const token = new URL(again.body.link!).searchParams.get("token")!;
    assert.ok(!JSON.stringify(entry).includes(token));
  });
});
