import { AppError } from "../../errors.ts";
import type { Log } from "../logs/log.ts";
import type { ObjectStore } from "./types.ts";

/**
 * Before the rows are deleted that objects belong to: a store that can only be read keeps both. One that is merely full
 * can be deleted from.
 * @throws AppError cannot_write: nothing was deleted.
 */
export async function requireDeletable(objects: ObjectStore): Promise<void> {
  try {
    await objects.probeWriting?.();
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== "cannot_write") return;
    throw new AppError(
      "cannot_write",
      "Stored files can only be read at the moment, so nothing was deleted. Try again, or have their folder's permissions checked.",
      { cause },
    );
  }
}

/** After the rows are gone. What cannot be deleted now belongs to nobody any more, and the sweep deletes it. */
export async function deleteOrLeave(
  { objects, log }: { readonly objects: ObjectStore; readonly log: Log },
  place: string,
): Promise<void> {
  try {
    if (place.endsWith("/")) await objects.deletePrefix(place);
    else await objects.delete(place);
  } catch (error) {
    log.warn({ err: error, place }, "objects were left for the sweep");
  }
}
