import assert from "node:assert/strict";
import type { createPool } from "../server/src/platform/database/pool.ts";
import type { Print } from "./bench.ts";
import type { BenchInstallation } from "./installation.ts";
import { median, timeEach } from "./measure.ts";

const ENTRIES = 1_000_000;
/** As a busy installation makes between two turns of the sequencer. */
const SEEDED_AT_ONCE = 5_000;
const TIMES = 30;

type Owner = ReturnType<typeof createPool>;

/**
 * The first page of a million entries under every filter and under combinations that match nothing, through HTTP; and
 * how fast they were put into order. Two people read a dataset each, 500,000 times: an index of one column would have to
 * go through half of them to know that neither read the other's.
 */
export async function benchPages(
  { url, token, projectId }: BenchInstallation,
  owner: Owner,
  print: Print,
): Promise<void> {
  const { rows: projects } = await owner.query(
    "SELECT organization_id AS id FROM magtrace.projects WHERE id = $1",
    [projectId],
  );
  const organizationId = projects[0].id;
  let sequencingMs = 0;
  for (let from = 1; from <= ENTRIES; from += SEEDED_AT_ONCE) {
    await owner.query(
      `INSERT INTO audit.inbox (organization_id, project_id, user_id, action, subject, request_id)
       SELECT $1, CASE WHEN n % 5 > 0 THEN $2::bigint END, 1000 + n % 2,
         CASE WHEN n % 100000 = 0 THEN 'model.delete' WHEN n % 7 = 0 THEN 'label.update' ELSE 'dataset.read' END,
         'dataset ' || n % 2, 'request ' || n
       FROM generate_series($3::bigint, $4::bigint) AS n`,
      [organizationId, projectId, from, from + SEEDED_AT_ONCE - 1],
    );
    const begun = performance.now();
    for (let moved = 1; moved > 0; ) {
      moved = (await owner.query("SELECT audit.sequence(5000, true) AS moved")).rows[0].moved;
    }
    sequencingMs += performance.now() - begun;
  }
  // As autovacuum does within minutes.
  await owner.query("VACUUM ANALYZE audit.entries, audit.facets, audit.inbox");
  print("audit_sequence_rate", ENTRIES / (sequencingMs / 1000), "entries/s");

  const { rows: times } = await owner.query(
    "SELECT at FROM audit.entries WHERE organization_id = $1 ORDER BY position OFFSET 500000 LIMIT 1",
    [organizationId],
  );
  const middle = times[0].at.toISOString();
  const nothing = "user_id=1001&subject=dataset%200";
  const queries: Record<string, { query: string; rows?: number }> = {
    all: { query: "", rows: 100 },
    project: { query: `project_id=${projectId}`, rows: 100 },
    user: { query: "user_id=1001", rows: 100 },
    action: { query: "action=label", rows: 100 },
    rare_action: { query: "action=model.delete", rows: 10 },
    kind: { query: "kind=change", rows: 100 },
    subject: { query: "subject=dataset%200", rows: 100 },
    request: { query: "request_id=request%20400000", rows: 1 },
    since: { query: `since=${middle}`, rows: 100 },
    until: { query: `until=${middle}`, rows: 100 },
    nobody: { query: "user_id=999", rows: 0 },
    nothing: { query: nothing, rows: 0 },
    nothing_since: { query: `${nothing}&since=${middle}&kind=reading`, rows: 0 },
    everything_at_once: {
      query: `user_id=1000&subject=dataset%200&kind=change&project_id=${projectId}&until=${middle}`,
      rows: 100,
    },
  };
  let slowest = 0;
  for (const [name, { query, rows }] of Object.entries(queries)) {
    const address = new URL(`/api/audit/?organization_id=${organizationId}&${query}`, url);
    const durations = await timeEach(TIMES, async () => {
      const response = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
      const entries = (await response.json()) as unknown[];
      assert.equal(entries.length, rows, `${name}: ${JSON.stringify(entries).slice(0, 200)}`);
    });
    // Each connection plans the first times.
    const p50 = median(durations.slice(10));
    slowest = Math.max(slowest, p50);
    print(`audit_page_${name}`, p50, "ms");
  }
  print("audit_page", slowest, "ms");
}
