import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { chmod, constants, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../../errors.ts";
import { systemCode } from "../errors.ts";

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
}

export interface MasterKeySource {
  /** `id:base64` of 32 bytes, several by commas, the first seals. When given, the file is not looked at. */
  readonly keyText?: string;
  /** A file of mode 0600 with one such entry a line, each followed by `:check`; `#` starts a comment. */
  readonly keyFile: string;
  readonly createIfMissing: boolean;
}

const fileHead = `# The master key of this MagTrace installation: everything stored is sealed with it.
# Keep a copy somewhere else and show it to nobody; without it the data cannot be read.
# One key a line as id:base64:check. The first seals, the others only open what older keys sealed.
`;
const idForm = /^[a-z0-9_-]{1,32}$/;

/**
 * The keys that seal and open objects, from the environment's text or from the file.
 * @throws AppError invalid_config saying what is wrong and what to do, never showing any part of a key.
 */
export async function loadMasterKeys(source: MasterKeySource): Promise<Keyring> {
  if (source.keyText !== undefined && source.keyText.trim() !== "") {
    return parseKeys(source.keyText.split(","), "MAGTRACE_MASTER_KEY", "Give it as id:base64 of 32 bytes.");
  }
  const text = (await readKeyFile(source.keyFile)) ?? (await createKeyFile(source));
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return parseKeys(
    lines,
    `The master key file ${source.keyFile}`,
    "Restore it from your copy; a new key cannot open what was stored.",
  );
}

/** A line of the key file for a new random key. */
export function newMasterKeyLine(): string {
  const bytes = randomBytes(32);
  const id = `mk-${createHash("sha256").update("magtrace master key id").update(bytes).digest("hex").slice(0, 12)}`;
  return `${id}:${bytes.toString("base64")}:${checkOf(bytes)}`;
}

async function readKeyFile(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(3, "0");
      throw invalid(
        `The master key file ${path} can be read by other users (mode ${shown}). Run: chmod 600 "${path}"`,
      );
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (systemCode(error) === "ENOENT") return null;
    throw invalid(
      `The master key file ${path} cannot be read (${systemCode(error) ?? "unknown reason"}).`,
      error,
    );
  }
}

async function createKeyFile({ keyFile, createIfMissing }: MasterKeySource): Promise<string> {
  if (!createIfMissing) {
    throw invalid(
      `The master key file ${keyFile} is missing, but there are sealed objects. Restore it from your copy, or set MAGTRACE_MASTER_KEY.`,
    );
  }
  const text = `${fileHead}${newMasterKeyLine()}\n`;
  const temporary = `${keyFile}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, 0o600);
    await link(temporary, keyFile);
    return text;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") {
      const reason = systemCode(error) ?? "unknown reason";
      throw new AppError("cannot_write", `The master key file ${keyFile} cannot be written (${reason}).`, {
        cause: error,
      });
    }
    // Another process that started at the same moment was first; its key is the key.
    return (await readKeyFile(keyFile)) ?? text;
  } finally {
    await rm(temporary, { force: true });
  }
}

function parseKeys(entries: readonly string[], where: string, remedy: string): Keyring {
  const keys = entries.map((entry, index) => parseKey(entry.trim(), `${where}, key ${index + 1},`, remedy));
  const [current] = keys;
  if (current === undefined) throw invalid(`${where} holds no key. ${remedy}`);
  const byId = new Map(keys.map((key) => [key.id, key]));
  if (byId.size !== keys.length) throw invalid(`${where} has two keys of the same id. ${remedy}`);
  return Object.freeze({ current, byId });
}

function parseKey(entry: string, where: string, remedy: string): MasterKey {
  const [id = "", encoded = "", check, ...rest] = entry.split(":");
  if (!idForm.test(id) || rest.length > 0) {
    throw invalid(
      `${where} does not begin with an id of up to 32 of a–z, 0–9, _ and - and a colon. ${remedy}`,
    );
  }
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

function checkOf(bytes: Uint8Array): string {
  return createHmac("sha256", bytes).update("magtrace master key check").digest("hex").slice(0, 8);
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError("invalid_config", message, { cause });
}
