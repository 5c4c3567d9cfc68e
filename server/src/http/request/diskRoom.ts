import type { FastifyRequest } from "fastify";
import { type Permission, permissions } from "../../access/policy.ts";
import type { DiskSpace } from "../../platform/disk/diskSpace.ts";
import type { RateKind } from "../../platform/limits/rateKinds.ts";

/** A change that is told in more is no small one. */
const SMALL_BODY_BYTES = 64 * 1024;

interface Declared {
  readonly method: string;
  readonly permission: Permission | "public";
  readonly kind: RateKind | null;
  readonly needsRoom?: boolean | undefined;
}

/**
 * What a request needs of the disk before any of its body is read. Nothing for reading, deleting, and accounts and
 * members, whatever the disk is like: that is how people get in and make room.
 */
export function diskRoomFor({
  method,
  permission,
  kind,
  needsRoom,
}: Declared): ((request: FastifyRequest, disk: DiskSpace) => Promise<void>) | null {
  if (needsRoom ?? (method !== "DELETE" && (kind === "upload" || kind === "training"))) {
    return (request, disk) => disk.requireRoom(kind === "upload" ? (bodyBytes(request) ?? 0) : 0);
  }
  if (needsRoom === false || method === "DELETE" || kind !== "write" || !isOfProject(permission)) return null;
  return (request, disk) => {
    const bytes = bodyBytes(request);
    const isSmall = bytes !== null && bytes <= SMALL_BODY_BYTES;
    return isSmall ? disk.requireRoomForChange() : disk.requireRoom();
  };
}

function isOfProject(permission: Permission | "public"): boolean {
  if (permission === "public" || permission.startsWith("account.")) return false;
  return permissions[permission].scope === "write";
}

/** Null where it comes in chunks of which nobody knows how many. */
function bodyBytes({ headers }: FastifyRequest): number | null {
  if (headers["transfer-encoding"] !== undefined) return null;
  return Number(headers["content-length"] ?? 0);
}
