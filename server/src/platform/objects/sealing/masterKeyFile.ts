import { randomBytes } from "node:crypto";
import { chmod, constants, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../../errors.ts";
import { systemCode } from "../errors.ts";

const fileHead = `# The master key of this MagTrace installation: everything stored is sealed with it.
# Keep a copy somewhere else and show it to nobody; without it the data cannot be read.
# One key a line as id:base64:check, or id:kms:base64:key where a key service holds it. The first seals, the others only
# open what older keys sealed. One that begins with + is not used for sealing yet.
`;

/** The file's text; null where there is none. @throws AppError invalid_config where others can read it, or we cannot. */
export async function readKeyFile(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(3, "0");
      const message = `The master key file ${path} can be read by other users (mode ${shown}). Run: chmod 600 "${path}"`;
      throw new AppError("invalid_config", message);
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (systemCode(error) === "ENOENT") return null;
    const message = `The master key file ${path} cannot be read (${systemCode(error) ?? "unknown reason"}).`;
    throw new AppError("invalid_config", message, { cause: error });
  }
}

/** What tells the file from a later one in its place; null where there is none, or it cannot be looked at. */
export async function keyFileMark(path: string): Promise<string | null> {
  try {
    const { ino, mtimeNs, size, mode } = await stat(path, { bigint: true });
    return `${ino} ${mtimeNs} ${size} ${mode}`;
  } catch {
    return null;
  }
}

/** Makes the file with one key. Where another process was first, its file stays and is what is returned. */
export async function createKeyFile(path: string, line: string): Promise<string> {
  const text = `${fileHead}${line}\n`;
  return writeWhole(path, text, async (temporary) => {
    try {
      await link(temporary, path);
      return text;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      // Its key is the key.
      return (await readKeyFile(path)) ?? text;
    }
  });
}

/** Puts these lines in the place of the present ones, comments kept. Whoever reads meanwhile sees the old file or the new. */
export async function replaceKeyLines(path: string, lines: readonly string[]): Promise<void> {
  const present = (await readKeyFile(path)) ?? fileHead;
  const comments = present.split("\n").filter((line) => line.startsWith("#"));
  const text = `${[...comments, ...lines].join("\n")}\n`;
  await writeWhole(path, text, (temporary) => rename(temporary, path));
}

export function keyLines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

async function writeWhole<T>(
  path: string,
  text: string,
  publish: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, 0o600);
    const published = await publish(temporary);
    await syncFolder(dirname(path));
    return published;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = systemCode(error) ?? "unknown reason";
    const message = `The master key file ${path} cannot be written (${reason}).`;
    throw new AppError("cannot_write", message, { cause: error });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A key that seals something must not be lost to a power cut. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
