import type { Actor } from "../../access/actor.ts";
import type { ProjectAccess } from "../../access/policy.ts";
import type { Config } from "../../config.ts";
import { AppError } from "../../errors.ts";
import { readStorage, requireQuota } from "../../organizations/service.ts";
import type { Transaction } from "../../platform/database/transaction.ts";

const MIB = 1024 * 1024;

/** The most anybody like the actor may send at once, wherever it goes. */
export function mostMibAnywhere(config: Config, actor: Actor): number {
  return Math.max(mostMib(config, actor, true), mostMib(config, actor, false));
}

function mostMib(config: Config, { access }: Actor, granted: boolean): number {
  if (access.user.role === "admin") return config.UPLOAD_MAX_MIB;
  const most = granted ? config.UPLOAD_GRANTED_MAX_MIB : config.UPLOAD_USER_MAX_MIB;
  return Math.min(config.UPLOAD_MAX_MIB, most);
}

interface Sender {
  readonly config: Config;
  readonly actor: Actor;
  readonly project: ProjectAccess;
}

/**
 * Refuses a file that is more than the actor may send there, or than their organisation has room for.
 * @param file Its length, where that is known; `isStored` once all of it has come and is counted.
 * @returns how long it may be, MiB.
 * @throws {AppError} too_large; over_quota.
 */
export async function requireRoom(
  tx: Transaction,
  { config, actor, project }: Sender,
  { bytes, isStored = false }: { bytes: number; isStored?: boolean },
): Promise<number> {
  const storage = await readStorage(tx, project.organizationId);
  const granted = storage.large_uploads && project.role !== "viewer";
  const most = mostMib(config, actor, granted);
  if (bytes > most * MIB) {
    throw new AppError("too_large", `Your files may have at most ${most} MiB here. ${adviceFor(granted)}`, {
      details: { most_bytes: most * MIB, bytes },
    });
  }
  requireQuota(config, storage, { bytes, isStored });
  return most;
}

function adviceFor(granted: boolean): string {
  const packed = "Compress it (gzip, zstd) or split it.";
  if (granted) return packed;
  return `${packed} An admin of your organisation can allow larger uploads.`;
}
