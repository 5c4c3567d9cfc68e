import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

const STEP_SECONDS = 30;
/** Longer than a code is on its way, on however busy a machine. */
const ON_ITS_WAY_MS = 6_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code an authenticator shows for what the QR code said. Source: RFC 6238 §4.2 and RFC 4226 §5.3, SHA-1, 6 digits. */
export function codeAt(totpUri: string, unixMs: number): string {
  const key = keyOf(totpUri);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(unixMs / 1000 / STEP_SECONDS)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac[19]! & 0x0f;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

/** Of the step before this one: still good, and not the code of `codeAt`. */
export function codeBefore(totpUri: string): string {
  return codeAt(totpUri, Date.now() - STEP_SECONDS * 1000);
}

/** The same, to be given now: it is good until this step ends, so where that is near, the next one's is waited for. */
export async function freshCodeBefore(totpUri: string): Promise<string> {
  const leftMs = STEP_SECONDS * 1000 - (Date.now() % (STEP_SECONDS * 1000));
  if (leftMs < ON_ITS_WAY_MS) await delay(leftMs + 10);
  return codeBefore(totpUri);
}

/** What the codes are made from. */
export function keyOf(totpUri: string): Buffer {
  return fromBase32(new URL(totpUri).searchParams.get("secret") ?? "");
}

function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.replace(/=+$/, "")) {
    value = ((value << 5) | BASE32.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return Buffer.from(bytes);
}
