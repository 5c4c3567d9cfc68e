import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { AppError } from "../../../errors.ts";
import { connectKms, type KmsSettings } from "./kms.ts";
import { createKeyFile, keyLines, readKeyFile } from "./masterKeyFile.ts";

export interface MasterKey {
  /** Up to 32 characters of a–z, 0–9, `_` and `-`; written into each object the key seals. */
  readonly id: string;
  readonly key: KeyObject;
}

export interface Keyring {
  /** Seals new objects. */
  readonly current: MasterKey;
  /** Opens objects: the current key and older ones. */
  readonly byId: ReadonlyMap<string, MasterKey>;
  /** Where keys are looked for, for operators: it may name a path. */
  readonly lookedIn?: string;
  /** Looks whether other keys were put in place, and takes them on. Never throws. */
  reload?(): Promise<void>;
}

export interface MasterKeySource {
  /** An entry as in the file, several by commas, the first seals. When given, the file is not looked at. */
  readonly keyText?: string;
  /** A file of mode 0600 with one entry a line; `#` starts a comment. Its entries end in a check value. */
  readonly keyFile: string;
  /** The service that opens entries of the form `id:kms:…`. */
  readonly kms?: KmsSettings;
  readonly createIfMissing: boolean;
  /** Ids of keys that something is sealed with, for the words of a refusal. */
  readonly needed?: readonly string[];
  /** Keys that were opened before, by their entries: no key service is asked for them again. */
  readonly opened?: Map<string, MasterKey>;
}

const idForm = /^[a-z0-9_-]{1,32}$/;
/** Before a key that every process shall have before anything is sealed with it. */
const waitingMark = /^\+/;
/** `id:kms:base64`, and the name of the service's key, which may itself have colons. */
const kmsForm = /^([^:]*):kms:([A-Za-z0-9+/]+=*)(?::(.+))?$/;

/**
 * The keys that seal and open objects, from the environment's text or from the file.
 * @throws AppError invalid_config saying what is wrong and what to do, never showing any part of a key.
 */
export async function loadMasterKeys(source: MasterKeySource): Promise<Keyring> {
  const lookedIn = placeOfKeys(source);
  if (source.keyText !== undefined && source.keyText.trim() !== "") {
    const remedy = "Give it as id:base64 of 32 bytes.";
    return openKeys(source, { entries: source.keyText.split(","), where: lookedIn, remedy });
  }
  const text = (await readKeyFile(source.keyFile)) ?? (await createFile(source));
  return openKeys(source, {
    entries: keyLines(text),
    where: `The master key file ${source.keyFile}`,
    remedy: "Restore it from your copy; a new key cannot open what was stored.",
  });
}

export function placeOfKeys({ keyText, keyFile }: Pick<MasterKeySource, "keyText" | "keyFile">): string {
  return keyText !== undefined && keyText.trim() !== "" ? "MAGTRACE_MASTER_KEY" : `the file ${keyFile}`;
}

/** A line of the key file for a new random key; one that the service holds, where its key is named. */
export async function newMasterKeyLine(kms?: KmsSettings): Promise<string> {
  if (kms === undefined || kms.keyId === "") {
    const bytes = randomBytes(32);
    return `${idOf(bytes)}:${bytes.toString("base64")}:${checkOf(bytes)}`;
  }
  const { plain, wrapped } = await (await connectKms(kms)).makeKey();
  return `${idOf(plain)}:kms:${Buffer.from(wrapped).toString("base64")}:${kms.keyId}`;
}

/** The same key, to be had and not yet to be sealed with. */
export function asWaiting(entry: string): string {
  return `+${entry}`;
}

/** The same key, to be sealed with. */
export function asSealing(entry: string): string {
  return entry.trim().replace(waitingMark, "");
}

/** The id in an entry. */
export function idOfEntry(entry: string): string {
  return entry.trim().replace(waitingMark, "").split(":")[0] ?? "";
}

async function createFile({ keyFile, createIfMissing, needed = [], kms }: MasterKeySource): Promise<string> {
  if (createIfMissing) return createKeyFile(keyFile, await newMasterKeyLine(kms));
  const sealed =
    needed.length === 0
      ? "there are sealed objects"
      : `stored objects are sealed with master key ${needed.join(" and ")}`;
  throw invalid(
    `The master key file ${keyFile} is missing, but ${sealed}. Restore it from your copy, or set MAGTRACE_MASTER_KEY.`,
  );
}

async function openKeys(
  source: MasterKeySource,
  { entries, where, remedy }: { entries: readonly string[]; where: string; remedy: string },
): Promise<Keyring> {
  const keys: MasterKey[] = [];
  const waiting: MasterKey[] = [];
  for (const [index, text] of entries.entries()) {
    const entry = text.trim().replace(waitingMark, "");
    const known = source.opened?.get(entry);
    const key = known ?? (await openKey(entry, source, `${where}, key ${index + 1},`, remedy));
    source.opened?.set(entry, key);
    (waitingMark.test(text.trim()) ? waiting : keys).push(key);
  }
  const [current] = keys;
  if (current === undefined) throw invalid(`${where} holds no key. ${remedy}`);
  // The last one is the oldest: secrets of the installation follow from it (installationSecret.ts).
  const byId = new Map([...waiting, ...keys].map((key) => [key.id, key]));
  if (byId.size !== keys.length + waiting.length) {
    throw invalid(`${where} has two keys of the same id. ${remedy}`);
  }
  return Object.freeze({ current, byId, lookedIn: placeOfKeys(source) });
}

async function openKey(
  entry: string,
  { kms }: MasterKeySource,
  where: string,
  remedy: string,
): Promise<MasterKey> {
  const [, id = "", wrapped, keyId = ""] = kmsForm.exec(entry) ?? [];
  if (wrapped === undefined) return parseKey(entry, where, remedy);
  requireId(id, where, remedy);
  if (kms === undefined) throw invalid(`${where} is held by a key service, which is not configured here.`);
  const bytes = await (await connectKms({ ...kms, keyId })).openKey(id, Buffer.from(wrapped, "base64"));
  return { id, key: createSecretKey(bytes) };
}

function parseKey(entry: string, where: string, remedy: string): MasterKey {
  const [id = "", encoded = "", check, ...rest] = entry.split(":");
  requireId(rest.length > 0 ? "" : id, where, remedy);
  const bytes = Buffer.from(encoded, "base64");
  // Node's decoder drops what it does not know; a key that does not come back the same was not one.
  if (bytes.byteLength !== 32 || bytes.toString("base64") !== encoded) {
    throw invalid(`${where} is not 32 bytes in base64. ${remedy}`);
  }
  if (check !== undefined && check !== checkOf(bytes)) {
    throw invalid(`${where} does not match its check value: it was altered. ${remedy}`);
  }
  return { id, key: createSecretKey(bytes) };
}

function requireId(id: string, where: string, remedy: string): void {
  if (idForm.test(id)) return;
  throw invalid(`${where} does not begin with an id of up to 32 of a–z, 0–9, _ and - and a colon. ${remedy}`);
}

function idOf(bytes: Uint8Array): string {
  return `mk-${createHash("sha256").update("magtrace master key id").update(bytes).digest("hex").slice(0, 12)}`;
}

function checkOf(bytes: Uint8Array): string {
  return createHmac("sha256", bytes).update("magtrace master key check").digest("hex").slice(0, 8);
}

function invalid(message: string): AppError {
  return new AppError("invalid_config", message);
}
