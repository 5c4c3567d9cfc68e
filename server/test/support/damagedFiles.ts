import assert from "node:assert/strict";
import { createRandom } from "@magtrace/signal";
import { ingestBytes } from "./ingestBytes.ts";

const MAX_EXPECTED = 4000;

/**
 * Ingests a file cut at many places and with bytes changed. Each must be read, or refused with words; nothing else.
 *
 * @param fixture A whole file that is read.
 */
export async function assertDamageIsSaid(fixture: Uint8Array, seed: number, tries = 40): Promise<void> {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let n = 0; n < tries; n++) {
    let bytes: Uint8Array = Uint8Array.from(fixture);
    if (n % 2 === 0) bytes = bytes.subarray(0, below(bytes.length + 1));
    else for (let flips = 1 + below(4); flips > 0; flips--) bytes[below(bytes.length)] = below(256);
    const { outcome, files } = await ingestBytes(bytes, { threads: 0 });
    if (outcome.ok) continue;
    assert.ok(outcome.findings.length > 0, `damage ${n} of seed ${seed} is refused without a finding`);
    const { expected } = outcome.findings[0];
    assert.ok(expected.length > 0 && expected.length < MAX_EXPECTED);
    assert.equal(files.files.size, 0, `damage ${n} of seed ${seed} leaves files`);
  }
}
