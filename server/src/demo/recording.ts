import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../errors.ts";
import { type FileLabel, readLabelFile } from "./labelFile.ts";

/** A file of readings and what is true of its rows. */
export interface Recording {
  readonly name: string;
  readonly file: Blob;
  readonly labels: readonly FileLabel[];
}

/** @throws {AppError} unreadable_file when either file cannot be read. */
export async function openRecording(readingsPath: string, labelsPath: string): Promise<Recording> {
  try {
    const labels = readLabelFile(labelsPath, await readFile(labelsPath, "utf8"));
    return { name: basename(readingsPath), file: await openAsBlob(readingsPath), labels };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const message = `${readingsPath} and ${labelsPath} cannot both be read.`;
    throw new AppError("unreadable_file", message, { cause: error });
  }
}
