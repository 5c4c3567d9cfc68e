import { createHmac } from "node:crypto";
import type { Keyring } from "./objects/sealing/masterKey.ts";

/**
 * A secret of 32 bytes for one purpose, the same in every process and on every machine of an installation. It is
 * made from the oldest master key, the last one given, so that adding a new key signs nobody out.
 */
export function installationSecret(
  keyring: Keyring,
  purpose: "accounts" | "audit" | "backup" | "mail",
): Uint8Array {
  const oldest = [...keyring.byId.values()].at(-1) ?? keyring.current;
  return createHmac("sha256", oldest.key).update(`magtrace secret: ${purpose}`).digest();
}
