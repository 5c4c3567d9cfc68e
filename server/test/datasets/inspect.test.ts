import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Dataset, Inspection, Project } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const HEADER = "time,Mag X (uT),Mag Y (uT),Mag Z (uT),lat,lon,note,temperature";

function survey(rows: number): string {
  const lines = [HEADER];
  for (let i = 0; i < rows; i++) {
    const time = new Date(Date.UTC(2026, 0, 1) + 20 * i).toISOString().slice(0, -1);
    lines.push(`${time},${20 + (i % 7) / 100},1.5,${i === 3 ? "" : 44},52.1,4.3,all well,${20 + i / 1000}`);
  }
  return `${lines.join("\n")}\n`;
}

describe("inspecting a file", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let projectId = 0;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    projectId = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
  });

  async function send(
    content: string | Uint8Array,
    fields: Record<string, string> = {},
    caller: ApiCaller = owner,
  ): Promise<{ status: number; body: Inspection & { code?: string } }> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ project: String(projectId), ...fields })) {
      form.set(name, value);
    }
    form.set("file", new Blob([content as string | Uint8Array<ArrayBuffer>]), "survey.csv");
    const response = await fetch(`${installation.api.address}/api/datasets/inspect/`, {
      method: "POST",
      headers: { authorization: `Bearer ${caller.token}` },
      body: form,
    });
    return { status: response.status, body: (await response.json()) as Inspection & { code?: string } };
  }

  async function inspect(content: string | Uint8Array, fields: Record<string, string> = {}) {
    const { status, body } = await send(content, fields);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  test("tells each column's part with a reason, the first rows as they stand, and what would come of it", async () => {
    const seen = await inspect(survey(200));
    assert.equal(seen.readable, true);
    assert.equal(seen.complete, true);
    assert.deepEqual(
      [seen.format, seen.compression, seen.encoding, seen.delimiter, seen.decimal, seen.header_line],
      ["text", null, "utf-8", ",", ".", 1],
    );
    assert.deepEqual(
      seen.columns.map(({ name, becomes, unit }) => [name, becomes, unit]),
      [
        ["time", "timestamp_pc", null],
        ["Mag X (uT)", "b_x", "µT"],
        ["Mag Y (uT)", "b_y", "µT"],
        ["Mag Z (uT)", "b_z", "µT"],
        ["lat", "lat", null],
        ["lon", "lon", null],
        ["note", null, null],
        ["temperature", "temperature", null],
      ],
    );
    assert.ok(seen.columns.every(({ reason }) => reason.length > 5));
    assert.equal(seen.columns[4]?.certainty, "certain");
    assert.equal(seen.columns[0]?.time_form, "datetime");
    assert.deepEqual(seen.left_out, ["note"]);
    assert.equal(seen.rows.length, 50);
    assert.deepEqual(seen.rows[3], {
      line: 5,
      cells: ["2026-01-01T00:00:00.060", "20.03", "1.5", "", "52.1", "4.3", "all well", "20.003"],
    });
    const readings = seen.readings!;
    assert.equal(readings.rows, 200);
    assert.equal(readings.estimated_rows, 200);
    assert.equal(readings.sampling_rate_hz, 50);
    assert.equal(readings.start, "2026-01-01T00:00:00.000Z");
    assert.equal(readings.duration_seconds, 199 / 50);
    assert.ok(Math.abs(readings.median_field_nt! - 48_360) < 500, String(readings.median_field_nt));
    // The Netherlands have some 49,500 nT; the model is good to 16 %.
    assert.ok(readings.main_field_nt! > 40_000 && readings.main_field_nt! < 60_000);
    assert.deepEqual(readings.missing, [{ channel: "b_z", count: 1 }]);
  });

  test("gives a mapping that, sent back, reads the file the same way", async () => {
    const text = survey(100);
    const { mapping } = await inspect(text);
    assert.equal(mapping.columns?.b_x, "Mag X (uT)");
    assert.equal(mapping.unit, "µT");
    const again = await inspect(text, { mapping: JSON.stringify(mapping) });
    assert.deepEqual(again.mapping, mapping);
    assert.ok(again.columns.filter(({ becomes }) => becomes !== null).every(({ reason }) => reason !== ""));
    const plain = (await owner.upload<Dataset>(projectId, { name: "a.csv", bytes: text })).body;
    const mapped = (
      await owner.upload<Dataset>(
        projectId,
        { name: "b.csv", bytes: text },
        { mapping: JSON.stringify(mapping) },
      )
    ).body;
    const rowsOf = async ({ id }: Dataset) => (await owner.call("GET", `/api/datasets/${id}/data/`)).body;
    assert.deepEqual(await rowsOf(mapped), await rowsOf(plain));
    assert.deepEqual({ ...mapped.source, unit_from: "" }, { ...plain.source, unit_from: "" });
  });

  test("a head that breaks off in the middle of a row is no fault, packed or not, in any encoding", async () => {
    const whole = survey(20_000);
    const heads: [string, Uint8Array, number][] = [
      ["text", Buffer.from(whole).subarray(0, 100_003), Buffer.byteLength(whole)],
      ["UTF-16", Buffer.from(`\uFEFF${whole}`, "utf16le").subarray(0, 100_001), 2 * whole.length],
      ["gzip", gzipSync(whole).subarray(0, 20_000), gzipSync(whole).length],
      ["zstd", zstdCompressSync(whole).subarray(0, 60_000), zstdCompressSync(whole).length],
    ];
    for (const [name, head, total] of heads) {
      const seen = await inspect(head, { total_bytes: String(total) });
      assert.equal(seen.readable, true, `${name}: ${JSON.stringify(seen.findings)}`);
      assert.deepEqual(seen.findings, [], name);
      assert.equal(seen.complete, false, name);
      const { rows, estimated_rows } = seen.readings!;
      assert.ok(rows > 300 && rows < 20_000, `${name}: ${rows}`);
      // Packed text does not shrink evenly.
      assert.ok(estimated_rows! > 10_000 && estimated_rows! < 40_000, `${name}: ${estimated_rows}`);
    }
  });

  test("of a file sent whole no more than the first part is read", async () => {
    const seen = await inspect(survey(60_000));
    assert.equal(seen.complete, false);
    assert.ok(seen.readings!.rows > 5_000 && seen.readings!.rows < 20_000, String(seen.readings!.rows));
  });

  test("rows from the latest to the earliest are put in order", async () => {
    const [header, ...rows] = survey(100).trimEnd().split("\n");
    const seen = await inspect([header, ...rows.reverse()].join("\n"));
    assert.equal(seen.readings?.start, "2026-01-01T00:00:00.000Z");
    assert.equal(seen.readings?.rows, 100);
    assert.ok(seen.assumptions.some(({ subject }) => subject === "row_order"));
  });

  test("what cannot be read is shown as it stands, with its findings", async () => {
    const seen = await inspect("hello;world\n1;2\n3;4\n");
    assert.equal(seen.readable, false);
    assert.equal(seen.readings, null);
    assert.ok(seen.total_findings > 0 && seen.findings[0]!.expected !== "");
    assert.deepEqual(
      seen.rows.map(({ cells }) => cells),
      [
        ["hello", "world"],
        ["1", "2"],
        ["3", "4"],
      ],
    );
    assert.equal((await inspect("")).readable, false);
  });

  test("a file that is read from its end has a preview only where all of it came", async () => {
    const head = Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(200_000)]);
    const seen = await inspect(head, { total_bytes: "900000000" });
    assert.match(seen.no_preview ?? "", /when it is uploaded/);
    assert.deepEqual(seen.findings, []);
    const damaged = await inspect(head);
    assert.equal(damaged.no_preview, null);
    assert.equal(damaged.readable, false);
  });

  test("is refused without a project, with a wrong mapping, and to whoever may not write there", async () => {
    const viewer = await installation.addUser({ name: "vic", organization: "South" });
    assert.equal((await send(survey(3), {}, viewer)).status, 404);
    assert.equal((await send(survey(3), { project: "x" })).status, 400);
    assert.equal((await send(survey(3), { mapping: "{" })).status, 400);
    assert.equal((await send(survey(3), { mapping: '{"unit":"furlong"}' })).status, 400);
    assert.equal((await send(survey(3), { total_bytes: "many" })).status, 400);
    const none = await fetch(`${installation.api.address}/api/datasets/inspect/`, {
      method: "POST",
      headers: { authorization: `Bearer ${owner.token}` },
      body: new FormData(),
    });
    assert.equal(none.status, 400);
  });

  test("keeps nothing", async () => {
    const before = readdirSync(join(installation.dataDir, "objects"), { recursive: true }).length;
    await inspect(survey(1000));
    assert.equal(readdirSync(join(installation.dataDir, "objects"), { recursive: true }).length, before);
  });

  test("a packed file that is not whole, or is packed twice, is not said to be readable as it is", async () => {
    for (const packed of [gzipSync(survey(200)), zstdCompressSync(survey(200))]) {
      assert.equal((await inspect(packed)).complete, true);
      assert.equal((await inspect(packed.subarray(0, packed.length - 4))).complete, false);
      const twice = await inspect(gzipSync(packed));
      assert.deepEqual([twice.readable, twice.findings[0]?.expected], [false, "a file packed once"]);
    }
  });
});
