import { readFileSync } from "node:fs";
import { type Manifest, openBackupStore, requireSeal } from "../backup/backupStore.ts";
import { parseIdentities } from "../backup/sealedStream.ts";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { installationSecret } from "../platform/installationSecret.ts";
import { givenMasterKeys } from "../platform/objects/masterKeySource.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import type { Invocation, Option } from "./command.ts";
import { configOf } from "./installationOptions.ts";

export const fromOption: Record<string, Option> = {
  from: { value: "PLACE", help: "Where backups lie: a folder's whole path, or s3://…; BACKUP_TO." },
};

export const chosenOptions: Record<string, Option> = {
  identity: { value: "FILE", required: true, help: "The file with the secret key of age, AGE-SECRET-KEY-…." },
  backup: { value: "ID", help: "Which one; else the newest good one." },
  ...fromOption,
};

/** The configuration, with the place of backups that the command was given, and that place opened. */
export async function withBackups(invocation: Invocation): Promise<{ config: Config; store: ObjectStore }> {
  const { from } = invocation.values;
  const environment =
    from === undefined ? invocation.environment : { ...invocation.environment, BACKUP_TO: from };
  const { config } = configOf({ ...invocation, environment });
  return { config, store: await openBackupStore(config) };
}

export function readIdentities(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError("not_found", `The identity file ${path} cannot be read.`, { cause });
  }
  return parseIdentities(text);
}

/** @throws AppError where a key that the backup needs is not here, or the backup was not made with these. */
export async function requireMasterKeys(config: Config, manifest: Manifest): Promise<void> {
  const keyring = await givenMasterKeys(config);
  const lacking = manifest.masterKeyIds.filter((id) => !keyring.byId.has(id));
  if (lacking.length > 0) {
    throw new AppError(
      "invalid_config",
      `The objects of this backup need the master key ${lacking.join(", ")}, which was not given. Restore it from your copy.`,
    );
  }
  requireSeal(manifest, installationSecret(keyring, "backup"));
}

export function megabytes(bytes: number): string {
  if (bytes < 1e5) return `${Math.ceil(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
