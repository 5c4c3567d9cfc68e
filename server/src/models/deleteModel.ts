import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { deleteObjects, sessionsOfModel } from "../training/service.ts";
import { deleteModel as deleteRow } from "./queries.ts";
import { requireModel } from "./service.ts";

/** With its sessions, their predictions and the trained files. Its other versions stay. */
export async function deleteModel(deps: Deps, actor: Actor, id: number): Promise<void> {
  const keys = await inTransaction(deps.db, actor.database, async (tx) => {
    await requireModel(tx, actor, id, "model.write");
    const { active, objectKeys } = await sessionsOfModel(tx, id);
    if (active.length > 0) {
      throw new AppError(
        "conflict",
        `This model is being trained by session ${active.join(", ")}. Stop it first: POST /api/training-sessions/${active[0]}/stop_training/.`,
        { details: { sessions: active } },
      );
    }
    await deleteRow(tx, id);
    return objectKeys;
  });
  await deleteObjects(deps, keys);
}
