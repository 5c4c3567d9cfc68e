import assert from "node:assert/strict";
import { test } from "node:test";
import type { IngestRequest } from "../../src/datasets/ingest/types.ts";
import { accepted, ingestBytes, valuesOf } from "../support/ingestBytes.ts";

/** A field that turns slowly, nT. */
const ROWS = Array.from({ length: 60 }, (_, i) => ({
  t: (i * 0.02).toFixed(2),
  field: [18430.25 + i * 3.5, -780.25 - i, 45319.25 + i * 2],
}));

function lines(cellsOf: (row: (typeof ROWS)[number]) => readonly string[], delimiter = ","): string[] {
  return ROWS.map((row) => cellsOf(row).join(delimiter));
}

const PLAIN = lines(({ t, field }) => [t, ...field.map(String)]);

async function assertRead(
  name: string,
  content: string | Uint8Array,
  options: Partial<IngestRequest> = {},
  tolerance = 1e-6,
): Promise<Awaited<ReturnType<typeof accepted>>> {
  const read = await accepted(content, options).catch((error: unknown) => assert.fail(`${name}: ${error}`));
  assert.equal(read.outcome.rows, ROWS.length, name);
  for (const [axis, channel] of ["b_x", "b_y", "b_z"].entries()) {
    const values = await valuesOf(read.series, channel);
    values.forEach((value, i) => {
      assert.ok(
        Math.abs(value - ROWS[i].field[axis]) <= tolerance,
        `${name}: ${channel} of row ${i} is ${value}`,
      );
    });
  }
  return read;
}

async function questionOf(content: string, options: Partial<IngestRequest> = {}): Promise<string> {
  const { outcome } = await ingestBytes(content, options);
  if (outcome.ok) return "accepted";
  return outcome.questions[0]?.subject ?? outcome.findings[0].code;
}

test("the header is found below and behind whatever stands before it", async () => {
  const header = "time (s),Bx (nT),By (nT),Bz (nT)";
  const body = PLAIN.join("\n");
  const heads: Readonly<Record<string, string>> = {
    plain: header,
    titles: `Survey of the quay\n\nOperator: Ann\nDate,2026-06-15\n${header}`,
    keys: `[Header]\nInstrument=FG-3\nTime,12:00\nRows,60\n[Data]\n${header}`,
    comments: `# a\n% b\n! c\n/ d\n${header}`,
    "a comment": `# logger 3\n# ${header}`,
    "a comment without a blank": `%${header}`,
    quoted: header.replaceAll(/[^,]+/g, '"$&"'),
    "a trailing delimiter": `${header},`,
    "a row of units": "time,Bx,By,Bz\ns,nT,nT,nT",
    "a row of units in brackets": "time,Bx,By,Bz\n[s],[nT],[nT],[nT]",
    "a unit above": "Units: nT\ntime,Bx,By,Bz",
  };
  for (const [name, head] of Object.entries(heads)) await assertRead(name, `${head}\n${body}\n`);
  await assertRead("sep=", `\uFEFFsep=;\n${header.replaceAll(",", ";")}\n${body.replaceAll(",", ";")}\n`);
  const spaced = lines(({ t, field }) => [t, ...field.map(String)].map((cell) => cell.padStart(14)), "");
  await assertRead("blanks", `time  Bx (nT)  By (nT)  Bz (nT)\n${spaced.join("\n")}\n`);
  const numbered = PLAIN.map((line, i) => `${i},${line}`).join("\n");
  await assertRead("an index without a name", `,time,Bx,By,Bz\n${numbered}\n`);
  await assertRead("an index without a cell", `time,Bx,By,Bz\n${numbered}\n`);
});

test("a header that comes again is left out and counted; a last line cut off is left out and said", async () => {
  const header = "time,bx_nT,by_nT,bz_nT";
  const twice = [header, ...PLAIN.slice(0, 30), header, ...PLAIN.slice(30)].join("\r\n");
  const { outcome } = await assertRead("again", twice);
  const note = outcome.quality.notes.find(({ code }) => code === "header_repeated");
  assert.deepEqual([note?.count, note?.first_lines], [1, [32]]);
  // A row of units that is narrower makes the later header the better one: the rows above it are rows all the same.
  const weeks = PLAIN.map((line) => `2382 ${line.replaceAll(",", " ")}`);
  const names = "gps_week gps_seconds magnetometer_x magnetometer_y magnetometer_z";
  const again = [names, "  nT nT nT", ...weeks.slice(0, 30), names, ...weeks.slice(30)];
  await assertRead("again, with units", `${again.join("\n")}\n`);
  for (const stump of ["1.20,18", "1.20,18430.25,-780.25,4531", "1.20"]) {
    const read = await assertRead(stump, `${header}\n${PLAIN.join("\n")}\n${stump}`);
    assert.ok(read.outcome.quality.assumptions.some(({ subject }) => subject === "last_line"));
  }
});

test("columns go by their places where the mapping says so; without it the first row is not swallowed", async () => {
  const body = `${PLAIN.join("\n")}\n`;
  assert.equal(await questionOf(body), "header");
  const columns = { timestamp_pc: "#1", b_x: "#2", b_y: "#3", b_z: "#4" };
  await assertRead("places", body, { mapping: { columns, unit: "nT" } });
  await assertRead("places", body, { mapping: { header_line: 0, columns, unit: "nT" } });
  const titled = `time,bx,by,bz\na,b,c,d\n${body}`;
  const named = { timestamp_pc: "a", b_x: "b", b_y: "c", b_z: "d" };
  await assertRead("header_line", titled, { mapping: { header_line: 2, columns: named } });
  const both = lines(({ t, field }) => [t, ...field.map(String), "7"]).join("\n");
  const { outcome } = await assertRead("ignore", `time,bx,by,bz,junk\n${both}\n`, {
    mapping: { ignore: ["junk"] },
  });
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b"]);
});

test("numbers with commas for points, and with signs between thousands, are never a thousand times off", async () => {
  const comma = lines(({ t, field }) => [t, ...field.map(String)].map((cell) => cell.replace(".", ",")), ";");
  await assertRead("comma", `Zeit (s);Bx (nT);By (nT);Bz (nT)\n${comma.join("\n")}\n`);
  const en = lines(({ t, field }) => [t, ...field.map((value) => `"${value.toLocaleString("en-US")}"`)]);
  await assertRead("english", `time,bx_nT,by_nT,bz_nT\n${en.join("\n")}\n`);
  const de = lines(
    ({ t, field }) => [t.replace(".", ","), ...field.map((value) => value.toLocaleString("de-DE"))],
    ";",
  );
  await assertRead("german", `time;bx_nT;by_nT;bz_nT\n${de.join("\n")}\n`);
  const swiss = lines(({ t, field }) => [
    t,
    ...field.map((value) => value.toLocaleString("en-US").replace(",", "'")),
  ]);
  await assertRead("swiss", `time,bx_nT,by_nT,bz_nT\n${swiss.join("\n")}\n`);
});

test("names and units of other encodings and languages are read", async () => {
  const micro = lines(({ t, field }) => [t, ...field.map((value) => String(value / 1000))]).join("\n");
  for (const header of [
    "Zeit (s),Magnetfeld X (µT),Magnetfeld Y (µT),Magnetfeld Z (µT)",
    "temps (s),champ x (Î¼T),champ y (Î¼T),champ z (Î¼T)",
    "时间(s),磁场X(µT),磁场Y(µT),磁场Z(µT)",
    "время (с),поле x (мкТл),поле y (мкТл),поле z (мкТл)",
    "tiempo (s),campo_x (microteslas),campo_y (microteslas),campo_z (microteslas)",
  ]) {
    await assertRead(header, `${header}\n${micro}\n`);
  }
  const latin = Buffer.from(`time (s),Bx (µT),By (µT),Bz (µT)\n${micro}\n`, "latin1");
  const { outcome } = await assertRead("Windows-1252", latin);
  assert.equal(outcome.quality.assumptions.at(-1)?.taken, "Windows-1252");
});

test("without a unit the one is taken in which the field is the Earth's, and said; where none is, it is asked", async () => {
  const units = { nT: 1, µT: 1e3, mG: 1e2, G: 1e5, T: 1e9 };
  for (const [unit, factor] of Object.entries(units)) {
    const body = lines(({ t, field }) => [t, ...field.map((value) => (value / factor).toPrecision(12))]).join(
      "\n",
    );
    const { outcome } = await assertRead(unit, `time,mx,my,mz\n${body}\n`, {}, 1e-3);
    assert.deepEqual([outcome.source.unit, outcome.quality.assumptions[0].subject], [unit, "field_unit"]);
    assert.ok(outcome.quality.assumptions[0].others.length > 3);
  }
  const small = lines(({ t }) => [t, "1", "2", "3"]).join("\n");
  assert.equal(await questionOf(`time,mx,my,mz\n${small}\n`), "field_unit");
  assert.equal(await questionOf(`time,mx,my,mz\n${small}\n`, { mapping: { unit: "nT" } }), "accepted");
  // MagTrace's own names are in nT, whatever their size.
  assert.equal(await questionOf(`timestamp_pc,b_x,b_y,b_z\n${small}\n`), "accepted");
});

test("columns that are of no field are refused by name, and units that are none of one are asked for", async () => {
  const small = lines(({ t }) => [t, "0.01", "-0.03", "-0.985"]).join("\n");
  const of = (header: string, options: Partial<IngestRequest> = {}): Promise<string> =>
    questionOf(`${header}\n${small}\n`, options);
  assert.equal(await of("time (s),x (g),y (g),z (g)"), "not_supported");
  assert.equal(await of("time,x (m/s²),y (m/s²),z (m/s²)"), "not_supported");
  assert.equal(await of("time,x,y,z", { filename: "Run_Accelerometer_1.csv" }), "not_supported");
  assert.equal(await of("time (s),x (G),y (G),z (G)"), "field_unit");
  assert.equal(await of("time,Bx (counts),By (counts),Bz (counts)"), "field_unit");
  assert.equal(await of("time,bx_raw,by_raw,bz_raw"), "field_unit");
  assert.equal(await of("time,Bx (kA/m),By (kA/m),Bz (kA/m)"), "field_unit");
  assert.equal(await of("time,Bx (T),By (T),Bz (T)"), "accepted");
  assert.equal(
    await of("time,Bx (counts),By (counts),Bz (counts)", { mapping: { factor: 6.7 } }),
    "accepted",
  );
});

test("numbers that mean no value are missing, counted and said, and are values where the mapping says so", async () => {
  const holes = [5, 6, 40];
  for (const code of ["99999.00", "-99999", "88888", "1e32", "-9999", "32767", "-4096", "999.99", "-32768"]) {
    const body = PLAIN.map((line, i) => (holes.includes(i) ? `${ROWS[i].t},${code},${code},${code}` : line));
    const { outcome, series } = await accepted(`time,bx_nT,by_nT,bz_nT\n${body.join("\n")}\n`);
    const x = await valuesOf(series, "b_x");
    assert.deepEqual(
      x.flatMap((value, i) => (Number.isNaN(value) ? [i] : [])),
      holes,
      code,
    );
    assert.equal(outcome.quality.missing[0].count, 3, code);
    assert.ok(
      outcome.quality.assumptions.some(({ subject }) => subject === "missing_values"),
      code,
    );
    const kept = await accepted(`time,bx_nT,by_nT,bz_nT\n${body.join("\n")}\n`, { mapping: { missing: [] } });
    assert.equal((await valuesOf(kept.series, "b_x"))[5], Number(code));
  }
  const zeros = PLAIN.map((line, i) => (holes.includes(i) ? `${ROWS[i].t},0,0,0` : line)).join("\n");
  const { series } = await accepted(`time,bx_nT,by_nT,bz_nT\n${zeros}\n`);
  assert.ok(Number.isNaN((await valuesOf(series, "b"))[5]));
});

test("a number that merely passes a sentinel's value stays", async () => {
  const ramp = Array.from(
    { length: 400 },
    (_, i) => `${i / 50},${i * 10 - 1999},${20000},${i === 7 ? 0 : 40000}`,
  );
  const { series, outcome } = await accepted(`time,bx_nT,by_nT,bz_nT\n${ramp.join("\n")}\n`);
  assert.equal((await valuesOf(series, "b_x"))[100], -999);
  assert.equal((await valuesOf(series, "b_z"))[7], 0);
  assert.deepEqual(outcome.quality.missing, []);
});

test("positions 0, 0 are missing where the survey is elsewhere", async () => {
  const body = PLAIN.map((line, i) => `${line},${i % 3 === 0 ? "56.86,24.11" : "0,0"}`).join("\n");
  const { series } = await accepted(`time,bx_nT,by_nT,bz_nT,lat,lon\n${body}\n`);
  const lat = await valuesOf(series, "lat");
  assert.equal(lat[0], 56.86);
  assert.ok(Number.isNaN(lat[1]));
});

test("18,430 in nT may be thousands or a fraction: asked, and either answer is taken", async () => {
  const body = Array.from({ length: 60 }, (_, i) => `${i};18,${430 + i};20,${100 + i};45,${319 + i}`);
  const file = `time;bx_nT;by_nT;bz_nT\n${body.join("\n")}\n`;
  const { outcome } = await ingestBytes(file);
  assert.ok(!outcome.ok);
  const [question] = outcome.questions;
  assert.equal(question?.subject, "numbers");
  const read = await Promise.all(
    question.choices.map(async ({ mapping }) => valuesOf((await accepted(file, { mapping })).series, "b_x")),
  );
  assert.deepEqual(
    read.map(([first]) => first),
    [18_430, 18.43],
  );
});

test("north, east and down are x, y and z, and up is not", async () => {
  const rows = PLAIN.join("\n");
  const { series } = await accepted(`time,B_north (nT),B_east (nT),B_down (nT)\n${rows}\n`);
  assert.deepEqual((await valuesOf(series, "b_y"))[0], -780.25);
  const { outcome } = await ingestBytes(`time,B_north (nT),B_east (nT),B_up (nT)\n${rows}\n`);
  assert.ok(!outcome.ok);
});
