import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, refused, valuesOf } from "../support/ingestBytes.ts";

/** Rows of ASCII, and behind 300 kB of them a note in other letters. */
function file(note: Uint8Array, more = 0): Buffer {
  const rows = Array.from({ length: 12_000 }, (_, i) => `${(i / 50).toFixed(2)},18430.1,-780.2,45319.3,ok`);
  const head = `timestamp_pc,Bx (nT),By (nT),Bz (nT),note\n${rows.join("\n")}\n`;
  const tail = Array.from({ length: 3000 }, (_, i) => `${(300 + i / 50).toFixed(2)},18430.1,-780.2,45319.3,`);
  const noted = tail.slice(0, 1 + more).flatMap((row) => [Buffer.from(row), note, Buffer.from("\n")]);
  return Buffer.concat([Buffer.from(head), ...noted, Buffer.from(tail.slice(1 + more).join("\n"))]);
}

test("bytes of Windows-1252 first seen far down are read so, said so", async () => {
  for (const pieceBytes of [1009, 65_521]) {
    const { outcome, series } = await accepted(
      file(Buffer.from("Brücke, 20 °C".replace(",", ""), "latin1")),
      {
        pieceBytes,
      },
    );
    assert.equal(outcome.rows, 15_000);
    assert.equal((await valuesOf(series, "b_x")).at(-1), 18430.1);
    assert.deepEqual(
      outcome.quality.assumptions.map(({ subject }) => subject),
      ["encoding"],
    );
  }
});

test("UTF-8 first seen far down stays UTF-8, wherever a character is cut", async () => {
  for (const pieceBytes of [997, 1009, 4093, 65_521]) {
    const { outcome } = await accepted(file(Buffer.from("Brücke 20 °C μ"), 500), { pieceBytes });
    assert.deepEqual(outcome.quality.assumptions, []);
  }
});

test("bytes that are neither are refused", async () => {
  const { findings } = await refused(file(Buffer.from([0xe9, 0x81, 0x20])));
  assert.equal(findings[0]?.code, "wrong_encoding");
});
