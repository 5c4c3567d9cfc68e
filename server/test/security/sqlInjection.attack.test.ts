import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { download, makeFullProject } from "../support/archiveStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { completeRequest, senderOf } from "./completeRequest.ts";
import { FixturePool } from "./fixturePool.ts";
import { inviteGuests } from "./guests.ts";
import { asText, markedRequest } from "./markedRequest.ts";
import { nameOf, type Operation, readOperations } from "./openApiDocument.ts";
import { runSqlmap, type SqlmapVerdict, type techniques } from "./runSqlmap.ts";
import { setSignInStage } from "./signInStage.ts";
import { type AttackedApi, startAttackedApi } from "./startAttackedApi.ts";

const AT_ONCE = 3;
const SKIP = spawnSync("sqlmap", ["--version"]).status === 0 ? false : "sqlmap is not installed";

/** The places a credential is in, which the document does not tell of. */
const BESIDE = {
  "GET /api/me/ by token": ["GET /api/me/ HTTP/1.1", "Authorization: Bearer mgt_nobody*", "", ""],
  "GET /api/me/ by cookie": [
    "GET /api/me/ HTTP/1.1",
    "Cookie: magtrace.session_token=nobody.signature*",
    "",
    "",
  ],
};

describe("sqlmap", { skip: SKIP }, () => {
  const cleanup = suiteCleanup();
  const folder = temporaryFolder();
  let attacked: AttackedApi;
  let pool: FixturePool;
  let token = "";
  let makings: Parameters<typeof completeRequest>[2];
  let operations: Operation[] = [];

  before(async () => {
    const { mails, environment } = await setSignInStage(cleanup);
    const installation = await startTestInstallation(cleanup, { WORKER_THREADS: "1", ...environment });
    const caller = await installation.addUser({ name: "ada", organization: "North", role: "admin" });
    const bystander = await installation.addUser({
      name: "bea",
      organization: "North",
      organizationRole: "member",
    });
    const { project } = await makeFullProject(caller);
    token = caller.token!;
    pool = new FixturePool(caller, [(await bystander.call<{ id: number }>("GET", "/api/me/")).body.id]);
    await pool.keep();
    await installation.stopAllButMails();
    const guests = await inviteGuests(installation);
    const [{ id: organizationId }] = (await caller.call<[{ id: number }]>("GET", "/api/organizations/")).body;
    const archive = (await download(installation, caller, project.id)).bytes;
    attacked = await startAttackedApi(cleanup, installation, {
      vulnerable: true,
      guarded: false,
      environment,
    });
    makings = { installation, mails, guests, organizationId, archive, origin: attacked.address };
    operations = await readOperations(attacked.address);
  });

  /** By what was attacked. */
  async function attackAll(
    requests: readonly (readonly [string, string])[],
    technique: keyof typeof techniques,
  ): Promise<Map<string, SqlmapVerdict>> {
    const verdicts = new Map<string, SqlmapVerdict>();
    const queue = [...requests.entries()];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, [name, request]] = next;
        verdicts.set(name, await runSqlmap(`${technique}-${index}`, request, { folder, technique }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return verdicts;
  }

  const isVulnerable = ({ path }: Operation) => path.includes("/vulnerable/");
  async function marked(operation: Operation): Promise<readonly [string, string]> {
    const request = markedRequest(operation, pool);
    const sender = senderOf(request);
    const authorization = `Bearer ${token}`;
    const headers = { ...request.headers, ...(sender === undefined ? { authorization } : {}) };
    // Whoever sends it is left to it for good.
    const completed = await completeRequest({ ...request, headers }, sender, makings);
    return [nameOf(operation), asText(completed.request, new URL(attacked.address).host)];
  }

  async function markedAll(all: readonly Operation[]): Promise<(readonly [string, string])[]> {
    const requests: (readonly [string, string])[] = [];
    for (const operation of all) requests.push(await marked(operation));
    return requests;
  }

  /** All there is to attack; what ends things comes last. */
  async function everything(): Promise<(readonly [string, string])[]> {
    const last = ({ method }: Operation) => (method === "DELETE" ? 1 : 0);
    const routes = operations.filter((each) => !isVulnerable(each)).sort((a, b) => last(a) - last(b));
    const { host } = new URL(attacked.address);
    const beside = Object.entries(BESIDE).map(
      ([name, [first, ...rest]]) =>
        [name, [first, `Host: ${host}`, `Origin: http://${host}`, ...rest].join("\n")] as const,
    );
    return [...beside, ...(await markedAll(routes))].filter(([, request]) => request.includes("*"));
  }

  const placesIn = (requests: readonly (readonly [string, string])[]) =>
    requests.reduce((count, [, request]) => count + request.split("*").length - 1, 0);

  test("finds the injection where there is one: in a query, a path and a body", async () => {
    const places = operations.filter((operation) => /^\/api\/vulnerable\/\w+\/(\{|$)/.test(operation.path));
    assert.equal(places.length, 3);
    for (const [name, { injections, trouble }] of await attackAll(await markedAll(places), "answers")) {
      assert.match(injections, /Parameter: .*\n\s*Type: /, `${name}: ${trouble}`);
    }
  });

  test("finds by time what no answer shows, within a statement and stacked behind one", async () => {
    const silent = operations.filter(({ path }) => path.includes("/vulnerable/silent/"));
    const byAnswers = await attackAll(await markedAll(silent), "answers");
    assert.deepEqual(
      [...byAnswers.values()].map(({ injections }) => injections),
      ["", ""],
    );
    const byTime = await attackAll(await markedAll(silent), "time");
    const found = (path: string) => byTime.get(`GET /api/vulnerable/silent/${path}/`)!;
    assert.match(
      found("query").injections,
      /Type: (time-based blind|stacked queries)/,
      found("query").trouble ?? "",
    );
    const statement = found("statement");
    assert.match(statement.injections, /Type: stacked queries/, statement.trouble ?? "");
    assert.doesNotMatch(statement.injections, /Type: time-based/);
  });

  test("finds none in any parameter of any route", async (t) => {
    const requests = await everything();
    let sent = 0;
    for (const [name, verdict] of await attackAll(requests, "answers")) {
      sent += verdict.requests;
      assert.equal(verdict.trouble, null, name);
      assert.equal(verdict.injections, "", name);
    }
    t.diagnostic(
      `sqlmap: ${sent} requests at ${placesIn(requests)} places of ${requests.length} routes, no injection`,
    );
  });

  test("finds none by time in a route of each part and method", async (t) => {
    const requests = await everything();
    const cut = requests.filter(
      ([name], index) => requests.findIndex(([other]) => partOf(other) === partOf(name)) === index,
    );
    const verdicts = await attackAll(cut, "time");
    const suspects = cut.filter(([name]) => verdicts.get(name)!.injections !== "");
    const again = await attackAll(suspects, "longerTime");
    let sent = 0;
    for (const [name, first] of verdicts) {
      const { requests, injections, trouble } = again.get(name) ?? first;
      sent += requests;
      assert.equal(trouble, null, name);
      assert.equal(injections, "", name);
    }
    t.diagnostic(
      `sqlmap by time: ${sent} requests at ${placesIn(cut)} places of ${cut.length} routes, no injection, ${suspects.length} looked at twice`,
    );
  });
});

/** `GET annotations`: routes of one part and method go through the same queries. */
function partOf(name: string): string {
  const [method, path = ""] = name.split(" ");
  return `${method} ${path.split("/")[2] ?? path}`;
}
