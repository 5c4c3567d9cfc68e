import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startApi } from "../../src/api.ts";
import { skipRedis, startRedisServer } from "../support/redisServer.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

describe("an installation's limits", () => {
  test("sign-in is limited by address, and a browser is told when to come back", async (t) => {
    const { api } = await startTestInstallation(t, { RATE_LIMIT_SIGN_IN: "2" });
    // Each time for another account: that one of them is guessed at is a matter of its own.
    let account = 0;
    const signIn = () =>
      fetch(`${api.address}/api/auth/sign-in/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: api.address },
        body: JSON.stringify({ email: `nobody${account++}@example.com`, password: "wrong horse battery" }),
      });
    for (let n = 0; n < 8; n++) assert.equal((await signIn()).status, 401);
    const refused = await signIn();
    assert.equal(refused.status, 429);
    assert.equal(((await refused.json()) as { code: string }).code, "too_many_requests");
    assert.match(refused.headers.get("retry-after") ?? "", /^\d+$/);
    assert.equal((await fetch(`${api.address}/health/`)).status, 200);
  });

  test("uploads count as uploads, and a refused one is not taken in", async (t) => {
    const installation = await startTestInstallation(t, { RATE_LIMIT_UPLOAD: "1" });
    const ada = await installation.addUser({ name: "ada", organization: "North" });
    const project = await ada.call<{ id: number }>("POST", "/api/projects/", { name: "Survey" });
    const file = { name: "a.csv", bytes: "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n2,3,4,5\n" };
    const first = await ada.upload(project.body.id, file);
    assert.equal(first.status, 201);
    assert.equal(first.headers.get("ratelimit-limit"), "1");
    assert.equal((await ada.upload(project.body.id, file)).status, 429);
    const listed = await ada.call<unknown[]>("GET", `/api/datasets/?project_id=${project.body.id}`);
    assert.equal(listed.body.length, 1);
  });

  test("two api processes on one Redis count together", { skip: skipRedis }, async (t) => {
    const redis = await startRedisServer();
    t.after(() => redis.stop());
    const installation = await startTestInstallation(t, { RATE_LIMIT_READ: "5", REDIS_URL: redis.url });
    const other = await startApi(installation.config);
    t.after(() => other.stop());
    const { token } = await installation.addUser({ name: "ada", organization: "North" });
    const read = async (address: string) => {
      const answer = await fetch(`${address}/api/me/`, { headers: { authorization: `Bearer ${token}` } });
      return [answer.status, answer.headers.get("ratelimit-remaining")];
    };
    const { address } = installation.api;
    assert.deepEqual(await read(address), [200, "4"]);
    assert.deepEqual(await read(other.address), [200, "3"]);
    assert.deepEqual(await read(address), [200, "2"]);
    await read(other.address);
    await read(address);
    assert.equal((await read(other.address))[0], 429);
    assert.equal((await read(address))[0], 429);
    await redis.stop();
    assert.deepEqual(
      await read(address),
      [200, "4"],
      "without Redis the process counts by itself, from nothing",
    );
  });
});
