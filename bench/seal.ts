/**
 * How fast objects are sealed and opened on one core, beside AES-256-GCM of node:crypto over the same bytes in the same
 * run. Processor time, not time on the clock: what else the machine does is not counted.
 */
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import {
  noncePrefixBytes,
  SegmentCipher,
  sealedSegmentBytes,
} from "../server/src/platform/objects/sealing/sealedSegments.ts";
import { SealedWriter } from "../server/src/platform/objects/sealing/sealedWriter.ts";
import type { Print } from "./bench.ts";
import { median } from "./measure.ts";

export const name = "seal";

const pieceBytes = 1 << 20;
const pieces = 256;
const turns = 7;
const segmentsOfPiece = 16;

export async function run(_args: string[], print: Print): Promise<void> {
  const piece = randomBytes(pieceBytes);
  const dataKey = { dataKey: randomBytes(32), noncePrefix: randomBytes(noncePrefixBytes) };
  const sealed = await sealOne(piece, dataKey);
  const cipher = new SegmentCipher("bench/seal", dataKey);
  assert.ok(piece.equals(openOne(cipher, sealed)), "what was sealed opens to the same");

  const key = createSecretKey(randomBytes(32));
  const nonce = randomBytes(12);
  const plainCipher = createCipheriv("aes-256-gcm", key, nonce);
  const encrypted = Buffer.concat([plainCipher.update(piece), plainCipher.final()]);
  const works: Record<string, () => unknown> = {
    // In pieces as large as a segment: of 1 MiB at a time node:crypto takes three times as long, for its memory.
    plain_encrypt: () => {
      const one = createCipheriv("aes-256-gcm", key, nonce);
      for (let at = 0; at < pieces * pieceBytes; at += 65_536) {
        one.update(piece.subarray(at % pieceBytes, (at % pieceBytes) + 65_536));
      }
      one.final();
    },
    seal: () => sealMany(piece, dataKey),
    plain_decrypt: () => {
      const one = createDecipheriv("aes-256-gcm", key, nonce);
      for (let at = 0; at < pieces * pieceBytes; at += 65_536) {
        one.update(encrypted.subarray(at % pieceBytes, (at % pieceBytes) + 65_536));
      }
    },
    open: () => {
      for (let index = 0; index < pieces; index += 1) for (const _ of segmentsOf(cipher, sealed));
    },
  };
  const rates = new Map(Object.keys(works).map((what): [string, number[]] => [what, []]));
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const [what, work] of Object.entries(works)) {
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      // The first turn warms.
      if (turn > 0) rates.get(what)!.push((pieces * pieceBytes) / 1e9 / ((user + system) / 1e6));
    }
  }
  for (const [what, each] of rates) print(`seal_${what}`, median(each), "GB/s of one core");
  print("seal_to_plain", median(rates.get("seal")!) / median(rates.get("plain_encrypt")!), "ratio");
  print("seal_open_to_plain", median(rates.get("open")!) / median(rates.get("plain_decrypt")!), "ratio");
}

type Key = ConstructorParameters<typeof SealedWriter>[2];

async function sealMany(piece: Uint8Array, dataKey: Key): Promise<void> {
  const nowhere = {
    write: async () => undefined,
    close: async () => undefined,
    abort: async () => undefined,
  };
  const writer = new SealedWriter(nowhere, "bench/seal", dataKey);
  for (let index = 0; index < pieces; index += 1) await writer.write(piece);
  await writer.close();
}

async function sealOne(piece: Uint8Array, dataKey: Key): Promise<Buffer> {
  const parts: Buffer[] = [];
  const kept = {
    write: async (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)),
    close: async () => undefined,
    abort: async () => undefined,
  };
  const writer = new SealedWriter(kept, "bench/seal", dataKey);
  await writer.write(piece);
  await writer.close();
  return Buffer.concat(parts);
}

function openOne(cipher: SegmentCipher, sealed: Buffer): Buffer {
  return Buffer.concat([...segmentsOf(cipher, sealed)]);
}

function* segmentsOf(cipher: SegmentCipher, sealed: Buffer): Generator<Uint8Array> {
  for (let index = 0; index < segmentsOfPiece; index += 1) {
    const segment = sealed.subarray(index * sealedSegmentBytes, (index + 1) * sealedSegmentBytes);
    yield cipher.open(segment, index, index === segmentsOfPiece - 1);
  }
}
