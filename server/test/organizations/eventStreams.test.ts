import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import type { Project, Token } from "@magtrace/contracts";
import pg from "pg";
import { startApi } from "../../src/api.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { assertDone, type People, type Person, settle } from "./people.ts";

/** Streams look for themselves every 15 s only: what ends sooner was told. */
const MOST_WAIT_MS = 13_000;

describe("open event streams", () => {
  const cleanup = suiteCleanup();
  let people: People;
  let chief: Person;
  let member: Person;
  let count = 0;
  let project: Project;

  before(async () => {
    people = await settle(cleanup);
    chief = await people.add("carla", { organization: "North" });
  });

  beforeEach(async () => {
    member = await people.add(`mia${++count}`, { organization: "North", organizationRole: "member" });
    project = (await chief.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
    assertDone(await chief.call("PUT", ofProject(member), { role: "viewer" }));
  });

  const ofProject = (who: Person) => `/api/projects/${project.id}/members/${who.id}/`;
  const ofOrganization = (who: Person) => `/api/organizations/${chief.organizationId}/members/${who.id}/`;

  interface Listening {
    /** What came from now on until the end; an error when there is none in time. */
    rest(): Promise<string>;
    /** What came from now on up to the first that contains `text`. */
    until(text: string): Promise<string>;
  }

  async function listen(credential: Record<string, string>): Promise<Listening> {
    const response = await fetch(`${people.installation.api.address}/api/events/?project_id=${project.id}`, {
      headers: credential,
      signal: AbortSignal.timeout(MOST_WAIT_MS),
    });
    assert.equal(response.status, 200);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const read = async (isEnough: (text: string) => boolean): Promise<string> => {
      let text = "";
      while (!isEnough(text)) {
        const { done, value } = await reader.read();
        if (done) return text;
        text += value;
      }
      return text;
    };
    assert.match(await read((text) => text.includes("\n\n")), /^retry: /);
    return { rest: () => read(() => false), until: (wanted) => read((text) => text.includes(wanted)) };
  }

  const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` });

  async function asDatabaseOwner(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: people.installation.database.ownerUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  test("are not opened for whoever asks for the headers alone", async () => {
    // Each stream has an interval of its own; the api runs in this process.
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    const before = timers();
    for (let index = 0; index < 40; index++) {
      const url = `${people.installation.api.address}/api/events/?project_id=${project.id}`;
      const { status } = await fetch(url, { method: "HEAD", headers: bearer(member) });
      assert.equal(status, 200);
    }
    assert.ok(timers() < before + 20, `${timers()} after ${before}`);
  });

  test("go on after the event that was heard last, in another process too", async (t) => {
    const other = await startApi(people.installation.config, { checkResponses: true });
    t.after(() => other.stop());
    const first = await listen(bearer(chief));
    const change = (name: string) =>
      chief.call("POST", "/api/label-categories/", { project: project.id, name });
    assert.equal((await change("One")).status, 201);
    const heard = await first.until('"kind":"annotations"');
    const lastId = [...heard.matchAll(/^id: (.*)$/gm)].at(-1)![1]!;
    assert.equal((await change("Two")).status, 201);
    assert.equal((await change("Three")).status, 201);

    const resume = async (address: string, id: string) => {
      const response = await fetch(`${address}/api/events/?project_id=${project.id}`, {
        headers: { ...bearer(chief), "Last-Event-ID": id },
        signal: AbortSignal.timeout(MOST_WAIT_MS),
      });
      let text = "";
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (text.split("\n\n").some((message) => /^id: \S+$|^event: missed/.test(message))) break;
      }
      return {
        told: text.match(/"kind":"annotations"/g)?.length ?? 0,
        missed: text.includes("event: missed"),
      };
    };
    assert.deepEqual(await resume(people.installation.api.address, lastId), { told: 2, missed: false });
    assert.deepEqual(await resume(other.address, lastId), { told: 2, missed: false });
    assert.deepEqual(await resume(other.address, "heard-elsewhere"), { told: 0, missed: true });
  });

  test("end when their listener is removed from the project", async () => {
    const stream = await listen(bearer(member));
    assertDone(await chief.call("DELETE", ofProject(member)), 204);
    await stream.rest();
  });

  test("end when their listener is removed from the organisation", async () => {
    const stream = await listen(bearer(member));
    assertDone(await chief.call("DELETE", ofOrganization(member)), 204);
    await stream.rest();
  });

  test("end when their listener loses the role in the organisation by which they saw the project", async () => {
    assertDone(await chief.call("DELETE", ofProject(member)), 204);
    assertDone(await chief.call("PUT", ofOrganization(member), { role: "admin" }));
    const stream = await listen(bearer(member));
    assertDone(await chief.call("PUT", ofOrganization(member), { role: "member" }));
    await stream.rest();
  });

  test("end when their token is revoked, and others of the same user go on", async () => {
    const made = await member.call<Token & { token: string }>("POST", "/api/tokens/", {
      name: "listener",
      scopes: ["read"],
    });
    const stream = await listen({ authorization: `Bearer ${made.body.token}` });
    const other = await listen(bearer(member));
    assertDone(await member.call("DELETE", `/api/tokens/${made.body.id}/`), 204);
    await stream.rest();
    await other.until(": still here");
  });

  test("end when their session does", async () => {
    const cookie = await people.signIn(member);
    const stream = await listen({ cookie });
    await asDatabaseOwner(`DELETE FROM accounts.sessions WHERE user_id = ${member.id}`);
    await stream.rest();
  });

  test("end when the account is disabled", async () => {
    const [byToken, bySession] = [
      await listen(bearer(member)),
      await listen({ cookie: await people.signIn(member) }),
    ];
    await people.disable(member);
    await Promise.all([byToken.rest(), bySession.rest()]);
  });

  test("end when the organisation asks for a second factor that their listener does not have", async () => {
    const stream = await listen(bearer(member));
    await asDatabaseOwner(`UPDATE accounts.users SET two_factor_enabled = true WHERE id = ${chief.id}`);
    const path = `/api/organizations/${chief.organizationId}/`;
    assertDone(await chief.call("PATCH", path, { require_two_factor: true }));
    await stream.rest();
    assertDone(await chief.call("PATCH", path, { require_two_factor: false }));
  });

  test("end, having told of it, when the project is deleted", async () => {
    const stream = await listen(bearer(member));
    assertDone(await chief.call("DELETE", `/api/projects/${project.id}/`), 204);
    assert.match(await stream.rest(), /"kind":"project".*"status":"deleted"/);
  });

  test("go on while their listener may listen, whatever else changes for them", async () => {
    const stream = await listen(bearer(member));
    assertDone(await chief.call("PUT", ofProject(member), { role: "collaborator" }));
    await stream.until(": still here");
    const other = await people.add(`oz${count}`, { organization: "North", organizationRole: "member" });
    await people.disable(other);
    assertDone(await chief.call("PUT", ofProject(member), { role: "viewer" }));
    assert.doesNotMatch(await stream.until(": still here"), /data/);
  });
});
