import assert from "node:assert/strict";
import { createPool } from "../server/src/platform/database/pool.ts";
import { connectEmbedded } from "../server/src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { benchPages } from "./auditPages.ts";
import type { Print } from "./bench.ts";
import { type BenchInstallation, withInstallation } from "./installation.ts";
import { median } from "./measure.ts";

export const name = "audit";

const TURNS = 20;
const REQUESTS_A_TURN = 25;

/**
 * What the audit adds to a request, through HTTP: a change with the triggers of its table and without, a reading that
 * is told or counted and one that is neither, in turns so that a drift of the machine's speed meets both alike. Checks
 * first that the audit has one entry for each change made with it, at most the first of many reads, and none without.
 */
export async function run(_args: string[], print: Print): Promise<void> {
  await withInstallation(async (installation) => {
    const ownerUrl = await connectEmbedded(installation.dataDir);
    assert.ok(ownerUrl !== null);
    const owner = createPool({ url: ownerUrl, size: 1, name: "bench" });
    try {
      await compare(installation, owner, print);
      await benchPages(installation, owner, print);
    } finally {
      await owner.end();
    }
  });
}

type Owner = ReturnType<typeof createPool>;

interface Kind {
  readonly name: string;
  readonly action: string;
  /** Entries of a turn with the audit. */
  readonly most: number;
  readonly request: (turn: number) => RequestInit;
  readonly on: string;
  readonly off: string;
}

async function compare({ url, token, projectId }: BenchInstallation, owner: Owner, print: Print) {
  const { rows } = await owner.query(
    "SELECT pg_get_functiondef('audit.note_reading(text, text, jsonb)'::regprocedure) AS text",
  );
  const kinds: Kind[] = [
    {
      name: "write",
      most: REQUESTS_A_TURN,
      action: "project.update",
      request: (turn) => ({ method: "PATCH", body: JSON.stringify({ description: `turn ${turn}` }) }),
      on: "ALTER TABLE magtrace.projects ENABLE TRIGGER USER",
      off: "ALTER TABLE magtrace.projects DISABLE TRIGGER USER",
    },
    {
      name: "read",
      most: 1,
      action: "project.read",
      request: () => ({ method: "GET" }),
      on: rows[0].text,
      off: `CREATE OR REPLACE FUNCTION audit.note_reading(read_action text, read_subject text, places jsonb)
        RETURNS void LANGUAGE sql AS ''`,
    },
  ];
  const address = new URL(`/api/projects/${projectId}/`, url);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  let requests = 0;
  for (const { name, action, most, request, on, off } of kinds) {
    const timesMs = { on: [] as number[], off: [] as number[] };
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const side of turn % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const)) {
        await owner.query(side === "on" ? on : off);
        const before = await entriesOf(owner, action);
        for (let index = 0; index < REQUESTS_A_TURN; index++) {
          const begun = performance.now();
          const response = await fetch(address, { ...request(requests++), headers });
          await response.arrayBuffer();
          // The first turn warms up.
          if (turn > 0) timesMs[side].push(performance.now() - begun);
          assert.equal(response.status, 200);
        }
        const made = (await entriesOf(owner, action)) - before;
        const expected = side === "off" ? made === 0 : most === 1 ? made <= 1 : made === most;
        assert.ok(expected, `${name}, audit ${side}: ${made} entries`);
      }
    }
    await owner.query(on);
    print(`audit_${name}_with_p50`, median(timesMs.on), "ms");
    print(`audit_${name}_without_p50`, median(timesMs.off), "ms");
    print(`audit_${name}_overhead`, median(timesMs.on) - median(timesMs.off), "ms");
  }
}

async function entriesOf(owner: Owner, action: string): Promise<number> {
  await owner.query("SELECT audit.sequence(5000, true)");
  const { rows } = await owner.query("SELECT count(*)::int AS n FROM audit.entries WHERE action = $1", [
    action,
  ]);
  return rows[0].n;
}
