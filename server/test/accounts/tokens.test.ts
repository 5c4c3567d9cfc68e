import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CreatedToken, Me, Project, Token } from "@magtrace/contracts";
import pg from "pg";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilSomebodyWaits } from "../support/untilSomebodyWaits.ts";

describe("API tokens", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let database: pg.Client;
  let ann: ApiCaller;
  let stranger: ApiCaller;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
    ann = await installation.addUser({ name: "ann", organization: "North" });
    stranger = await installation.addUser({ name: "eve", organization: "South" });
  });

  async function make(body: object, by = ann): Promise<CreatedToken> {
    const answer = await by.call<CreatedToken>("POST", "/api/tokens/", {
      name: "t",
      scopes: ["read"],
      ...body,
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  }
  const project = async (by: ApiCaller) =>
    (await by.call<Project>("POST", "/api/projects/", { name: "Survey" })).body.id;

  test("are recognisable, shown once and stored as a hash", async () => {
    const { token, prefix, id } = await make({});
    assert.match(token, /^mgt_[A-Za-z0-9_-]{43}$/);
    assert.equal(prefix, token.slice(0, 8));
    const listed = await ann.call<Token[]>("GET", "/api/tokens/");
    assert.ok(!JSON.stringify(listed.body).includes(token));
    const { rows } = await database.query("SELECT * FROM accounts.api_tokens WHERE id = $1", [id]);
    assert.ok(!JSON.stringify(rows).includes(token.slice(8)));
  });

  test("do what their scopes say and no more", async () => {
    const reader = installation.caller((await make({})).token);
    assert.equal((await reader.call("GET", "/api/projects/")).status, 200);
    assert.equal((await reader.call("POST", "/api/projects/", { name: "x" })).status, 403);
    const writer = installation.caller((await make({ scopes: ["read", "write"] })).token);
    const wider = await writer.call("POST", "/api/tokens/", { name: "t", scopes: ["read", "admin"] });
    assert.equal(wider.status, 403);
  });

  test("of one project reach that one, and are made only for a project one sees", async () => {
    const [mine, other] = [await project(ann), await project(ann)];
    const narrow = installation.caller((await make({ project: mine, scopes: ["read", "write"] })).token);
    assert.equal((await narrow.call("GET", `/api/projects/${mine}/`)).status, 200);
    assert.equal((await narrow.call("GET", `/api/projects/${other}/`)).status, 404);
    const elsewhere = await narrow.call("POST", "/api/tokens/", {
      name: "t",
      scopes: ["read"],
      project: other,
    });
    assert.equal(elsewhere.status, 403);
    const theirs = await project(stranger);
    const nowhere = await ann.call("POST", "/api/tokens/", { name: "t", scopes: ["read"], project: 999_999 });
    const foreign = await ann.call("POST", "/api/tokens/", { name: "t", scopes: ["read"], project: theirs });
    assert.deepEqual([nowhere.status, foreign.status], [404, 404]);
    assert.equal(nowhere.body.error, foreign.body.error);
  });

  test("of one project tell of no organisation and no other token, and change neither them nor the account", async () => {
    const mine = await project(ann);
    const wide = await make({ name: "wide" });
    const sibling = await make({ project: mine });
    const own = await make({ project: mine, scopes: ["read", "write", "train", "admin"] });
    const narrow = installation.caller(own.token);
    assert.deepEqual((await narrow.call<Me>("GET", "/api/me/")).body.organizations, []);
    const listed = await narrow.call<Token[]>("GET", "/api/tokens/");
    assert.deepEqual(
      listed.body.map(({ id }) => id),
      [sibling.id, own.id],
    );
    assert.equal((await narrow.call("PATCH", "/api/me/", { name: "Somebody else" })).status, 403);
    assert.equal((await narrow.call("DELETE", `/api/tokens/${wide.id}/`)).status, 404);
    assert.equal((await installation.caller(wide.token).call("GET", "/api/me/")).status, 200);
    assert.equal((await narrow.call("DELETE", `/api/tokens/${own.id}/`)).status, 204);
    assert.equal((await narrow.call("GET", "/api/me/")).status, 401);
  });

  test("end with the token they were made with, however far from it", async () => {
    const scopes = ["read", "write"];
    const stolen = await make({ scopes });
    const kept = await make({ scopes });
    const child = await make({ scopes }, installation.caller(stolen.token));
    const grandchild = await make({ scopes }, installation.caller(child.token));
    assert.equal((await ann.call("DELETE", `/api/tokens/${stolen.id}/`)).status, 204);
    for (const { token } of [stolen, child, grandchild]) {
      assert.equal((await installation.caller(token).call("GET", "/api/me/")).status, 401);
    }
    assert.equal((await installation.caller(kept.token).call("GET", "/api/me/")).status, 200);
  });

  test("are made with none that is revoked in the same moment", async () => {
    const stolen = await make({ scopes: ["read", "write"] });
    const thief = installation.caller(stolen.token);
    await database.query("BEGIN");
    await database.query("SELECT FROM accounts.users WHERE email = 'ann@example.com' FOR NO KEY UPDATE");
    const making = thief.call("POST", "/api/tokens/", { name: "t", scopes: ["read"] });
    await untilSomebodyWaits(database);
    await database.query("UPDATE accounts.api_tokens SET revoked_at = now() WHERE id = $1", [stolen.id]);
    await database.query("COMMIT");
    assert.equal((await making).status, 401);
  });

  test("end when they expire, and cannot be made expired", async () => {
    const past = await ann.call("POST", "/api/tokens/", {
      name: "t",
      scopes: ["read"],
      expires_at: "2020-01-01T00:00:00Z",
    });
    assert.deepEqual([past.status, past.body.code], [400, "validation_failed"]);
    const { token, id } = await make({ expires_at: "2999-01-01T00:00:00Z" });
    assert.equal((await installation.caller(token).call("GET", "/api/me/")).status, 200);
    await database.query("UPDATE accounts.api_tokens SET expires_at = now() WHERE id = $1", [id]);
    assert.equal((await installation.caller(token).call("GET", "/api/me/")).status, 401);
  });

  test("tell when they were last used, and are refused from their revocation on", async () => {
    const { token, id } = await make({});
    const holder = installation.caller(token);
    const lastUse = async () =>
      (await ann.call<Token[]>("GET", "/api/tokens/")).body.find((each) => each.id === id)?.last_used_at;
    assert.equal(await lastUse(), null);
    await holder.call("GET", "/api/me/");
    assert.ok(Date.parse((await lastUse()) ?? "") > Date.now() - 60_000);
    assert.equal((await stranger.call("DELETE", `/api/tokens/${id}/`)).status, 404);
    assert.equal((await ann.call("DELETE", `/api/tokens/${id}/`)).status, 204);
    assert.equal((await holder.call("GET", "/api/me/")).status, 401);
    assert.equal(await lastUse(), undefined);
  });

  test("rest while their user is disabled", async () => {
    const off = await installation.addUser({
      name: "off",
      organization: "North",
      organizationRole: "member",
    });
    await database.query("UPDATE accounts.users SET banned = true WHERE email = 'off@example.com'");
    assert.equal((await off.call("GET", "/api/me/")).status, 401);
    await database.query("UPDATE accounts.users SET banned = false WHERE email = 'off@example.com'");
    assert.equal((await off.call("GET", "/api/me/")).status, 200);
  });

  test("are a hundred at most", async () => {
    const many = await installation.addUser({ name: "many", organization: "Many" });
    await database.query(
      `INSERT INTO accounts.api_tokens (user_id, name, prefix, hash, scopes)
       SELECT id, 'x', 'mgt_xxxx', sha256(n::text::bytea), '{read}'
       FROM accounts.users, generate_series(1, 98) n WHERE email = 'many@example.com'`,
    );
    const last = await make({}, many);
    const refused = await many.call("POST", "/api/tokens/", { name: "t", scopes: ["read"] });
    assert.deepEqual([refused.status, refused.body.code], [409, "conflict"]);
    await many.call("DELETE", `/api/tokens/${last.id}/`);
    const asked = Array.from({ length: 5 }, () =>
      many.call("POST", "/api/tokens/", { name: "t", scopes: ["read"] }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, 409, 409, 409, 409]);
  });
});
