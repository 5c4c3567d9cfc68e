import { randomUUID } from "node:crypto";
import type { CheckpointPort } from "@magtrace/learn";
import { ObjectDamagedError, ObjectMissingError } from "../../platform/objects/errors.ts";
import type { TrainingDeps } from "../types.ts";
import { readObject, writeObject } from "./objectBytes.ts";

/** What a crash costs at most, and what writing costs at least: a checkpoint of a large forest is megabytes. */
const SAVE_EVERY_MS = 1_000;

export interface CheckpointObjectOptions {
  readonly sessionId: number;
  readonly organizationId: number;
  /** The one an earlier run left, as its row says. */
  readonly savedKey: string | null;
  /** Called after each save: the row speaks of the new object before the one before is deleted. */
  onSave(key: string): Promise<void>;
}

export interface CheckpointObject extends CheckpointPort {
  /** Deletes the one there is. To be called once the session has ended. */
  discard(): Promise<void>;
}

/**
 * A session's checkpoint in the object store, each an object of its own: none is ever written over. One that cannot be
 * read is none: it costs time only.
 */
export function checkpointObject(
  { objects, log }: TrainingDeps,
  { sessionId, organizationId, savedKey, onSave }: CheckpointObjectOptions,
): CheckpointObject {
  let currentKey = savedKey;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    async load() {
      if (currentKey === null) return null;
      try {
        return await readObject(objects, currentKey);
      } catch (error) {
        if (error instanceof ObjectMissingError) return null;
        if (!(error instanceof ObjectDamagedError)) throw error;
        log.error({ err: error, session_id: sessionId }, "a damaged checkpoint is not used");
        return null;
      }
    },
    async save(bytes) {
      const nowMs = performance.now();
      if (nowMs - lastMs < SAVE_EVERY_MS) return;
      const key = `checkpoints/${sessionId}-${randomUUID()}`;
      await writeObject(objects, key, bytes, { organizationId });
      await onSave(key);
      if (currentKey !== null) await objects.delete(currentKey);
      currentKey = key;
      lastMs = nowMs;
    },
    async discard() {
      if (currentKey !== null) await objects.delete(currentKey);
      currentKey = null;
    },
  };
}
