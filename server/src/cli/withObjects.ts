import type pg from "pg";
import type { Config } from "../config.ts";
import type { ObjectRows } from "../platform/objects/rows/objectRows.ts";
import { SealedObjects } from "../platform/objects/sealing/sealedObjects.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import { objectsOf } from "./objectsOf.ts";

export interface LentObjects {
  readonly accountsPool: pg.Pool;
  readonly objects: ObjectStore;
  readonly objectRows: ObjectRows;
}

/** Lends a command the stored objects and connections of the accounts role, beside a running installation or without one. */
export async function withObjects<T>(config: Config, work: (lent: LentObjects) => Promise<T>): Promise<T> {
  return withAccounts(config, async (accountsPool) => {
    const { sealing } = await objectsOf(config, accountsPool);
    return work({ accountsPool, objects: new SealedObjects(sealing), objectRows: sealing.rows });
  });
}
