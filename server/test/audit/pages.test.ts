import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AuditCheck, AuditEntry, AuditVerdict } from "@magtrace/contracts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { type AuditStage, startAuditStage } from "./auditStage.ts";

const MADE = 12_000;

describe("a long audit", () => {
  const cleanup = suiteCleanup();
  let stage: AuditStage;

  before(async () => {
    stage = await startAuditStage(cleanup);
    // Two people, each in a project of their own, whose common subjects do not tell them apart.
    await stage.sql.query(
      `INSERT INTO audit.inbox (organization_id, project_id, user_id, action, subject, at)
       SELECT $1, 900 + n % 2, 800 + n % 2, (ARRAY['dataset.read', 'label.update', 'model.read'])[1 + n % 3],
         'dataset ' || n % 2, now() - interval '1 hour' + n * interval '100 milliseconds'
       FROM generate_series(1, $2) AS n`,
      [stage.organizationId, MADE],
    );
    await sequenceAudit(stage.sql);
  });

  const page = (query: string) => stage.owner.call<AuditEntry[]>("GET", `/api/audit/?${query}`);
  const positionsOf = (entries: AuditEntry[]) => entries.map(({ position }) => position);

  /** The same question, asked of every entry. */
  async function all(condition: string, limit = 10): Promise<number[]> {
    const { rows } = await stage.sql.query(
      `SELECT position FROM audit.entries WHERE organization_id = $1 AND ${condition} ORDER BY position DESC LIMIT ${limit}`,
      [stage.organizationId],
    );
    return rows.map(({ position }) => Number(position));
  }

  test("is filtered as if every entry were looked at, in every combination", async () => {
    const { rows } = await stage.sql.query(
      "SELECT at FROM audit.entries WHERE organization_id = $1 AND user_id = 800 ORDER BY position OFFSET 2000 LIMIT 1",
      [stage.organizationId],
    );
    const middle = rows[0].at.toISOString();
    const parts: [query: string, condition: string][] = [
      ["project_id=900", "project_id = 900"],
      ["user_id=801", "user_id = 801"],
      ["action=dataset", "action LIKE 'dataset.%'"],
      ["kind=change", "action LIKE '%.update'"],
      ["subject=dataset%200", "subject = 'dataset 0'"],
      [`since=${middle}`, `at >= '${middle}'`],
      [`until=${middle}`, `at < '${middle}'`],
    ];
    for (let chosen = 0; chosen < 2 ** parts.length; chosen++) {
      const some = parts.filter((_, at) => Math.floor(chosen / 2 ** at) % 2 === 1);
      // A project that does not exist is refused before; its entries are seen through the others.
      const asked = some.filter(([query]) => !query.startsWith("project_id"));
      const query = ["limit=10", "user_id=801", ...asked.map(([part]) => part)].join("&");
      if (asked.some(([part]) => part.startsWith("user_id"))) continue;
      const condition = ["user_id = 801", ...asked.map(([, part]) => part)].join(" AND ");
      assert.deepEqual(positionsOf((await page(query)).body), await all(condition), query);
      const noUser = asked.map(([part]) => part);
      if (noUser.length === 0) continue;
      const condition2 = [...asked.map(([, part]) => part), "user_id IS NOT NULL AND user_id >= 800"].join(
        " AND ",
      );
      const without = await page(["limit=10", ...noUser].join("&"));
      const seen = without.body.filter(({ user }) => user !== null && user >= 800);
      assert.deepEqual(positionsOf(seen), (await all(condition2)).slice(0, seen.length), noUser.join("&"));
    }
  });

  test("goes on where a page ended, to the very first entry, at no more cost", async () => {
    let path: string | undefined = "/api/audit/?limit=1000&action=dataset";
    const positions: number[] = [];
    while (path !== undefined) {
      const { body, headers }: { body: AuditEntry[]; headers: Headers } = await stage.owner.call("GET", path);
      positions.push(...positionsOf(body));
      path = /<([^>]+)>; rel="next"/.exec(headers.get("link") ?? "")?.[1];
    }
    assert.deepEqual(positions, await all("action LIKE 'dataset.%'", 100_000));
    assert.ok(positions.length > 4_000);
  });

  test("tells how many there are exactly where it is cheap, else no more than it has seen", async () => {
    const total = async (query: string) => Number((await page(query)).headers.get("x-total-count"));
    assert.equal(await total("limit=10&user_id=800"), MADE / 2);
    assert.equal(await total("limit=10&user_id=800&kind=change"), MADE / 6);
    assert.equal(await total("limit=10&user_id=800&before=5000"), MADE / 2);
    assert.equal(await total("limit=10&subject=dataset%200"), 1_001);
    assert.equal(await total("limit=10&subject=dataset%200&user_id=801"), 0);
    assert.equal(await total("limit=10&user_id=999"), 0);
    const { body, headers } = await page("limit=10&offset=3000&subject=dataset%200");
    assert.equal(body.length, 10);
    assert.equal(headers.get("x-total-count"), "3011");
  });

  test("is checked by a worker, who says how far it is and keeps what it found", async () => {
    const path = `/api/audit/verify/?organization_id=${stage.organizationId}`;
    const begun = await stage.owner.call<AuditCheck>("GET", path);
    assert.equal(begun.status, 202);
    assert.equal(begun.body.total > MADE, true);
    const again = await stage.owner.call<AuditCheck>("GET", path);
    if (again.status === 202) assert.equal(again.body.id, begun.body.id, "one check of a chain at a time");
    const location = begun.headers.get("location")!;
    const ask = () => stage.owner.call<AuditVerdict>("GET", location);
    await untilTrue(async () => (await ask()).status !== 202);
    const answer = await ask();
    assert.equal(answer.status, 200);
    assert.deepEqual([answer.body.intact, answer.body.first, answer.body.faults], [true, 1, []]);
    assert.ok(answer.body.entries > MADE);
    assert.deepEqual((await stage.owner.call("GET", location)).body, answer.body);
    const other = location.replace(/check=\d+/, "check=999");
    assert.equal((await stage.owner.call("GET", other)).status, 404);
  });
});
