import type { CheckpointPort } from "@magtrace/learn";
import { ObjectDamagedError, ObjectMissingError } from "../../platform/objects/errors.ts";
import type { TrainingDeps } from "../types.ts";
import { readObject, writeObject } from "./objectBytes.ts";

/** What a crash costs at most, and what writing costs at least: a checkpoint of a large forest is megabytes. */
const SAVE_EVERY_MS = 1_000;

export function checkpointKeyOf(sessionId: number): string {
  return `checkpoints/${sessionId}`;
}

export interface CheckpointObjectOptions {
  readonly sessionId: number;
  /** Called once, after the first save: the row may speak of the object now. */
  onFirstSave(key: string): Promise<void>;
}

/** A session's checkpoint in the object store. One that cannot be read is none: it costs time only. */
export function checkpointObject(
  { objects, log }: TrainingDeps,
  { sessionId, onFirstSave }: CheckpointObjectOptions,
): CheckpointPort {
  const key = checkpointKeyOf(sessionId);
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    async load() {
      try {
        return await readObject(objects, key);
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
      await writeObject(objects, key, bytes, { overwrite: true });
      if (lastMs === Number.NEGATIVE_INFINITY) await onFirstSave(key);
      lastMs = nowMs;
    },
  };
}
