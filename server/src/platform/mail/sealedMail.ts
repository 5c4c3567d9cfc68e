import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Mail } from "./mail.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = Buffer.from("magtrace mail");

/** A mail as it may lie in the queue: AES-256-GCM under the installation's key, in base64. */
export function sealMail(key: Uint8Array, { to, subject, text }: Mail): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(PURPOSE);
  const sealed = [cipher.update(JSON.stringify({ to, subject, text }), "utf8"), cipher.final()];
  return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString("base64");
}

/** @throws {Error} sealed under another key, or altered. */
export function openMail(key: Uint8Array, sealed: string): Mail {
  const bytes = Buffer.from(sealed, "base64");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(PURPOSE).setAuthTag(bytes.subarray(bytes.byteLength - TAG_BYTES));
  const opened = [
    decipher.update(bytes.subarray(NONCE_BYTES, bytes.byteLength - TAG_BYTES)),
    decipher.final(),
  ];
  return JSON.parse(Buffer.concat(opened).toString("utf8")) as Mail;
}
