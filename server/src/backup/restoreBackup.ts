import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest } from "./backupStore.ts";
import { lockBackups } from "./lockBackups.ts";
import { membersOf } from "./oneOrganization.ts";
import { type RestoredDatabase, restoreDatabase } from "./restoreDatabase.ts";
import { type RestoredObjects, restoreObjects } from "./restoreObjects.ts";
import { opened } from "./sealedStream.ts";

export interface Restore {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly identities: readonly string[];
  readonly ownerUrl: string;
  readonly roleSecret: Uint8Array | null;
  readonly inner: ObjectStore;
  /** Everything when null. */
  readonly organizationId: number | null;
}

export interface Restored {
  readonly database: RestoredDatabase;
  readonly objects: RestoredObjects;
}

/** Restores a backup into an empty installation. Cut short at any point, it can be begun again. */
export async function restoreBackup(restore: Restore): Promise<Restored> {
  const { store, manifest, identities, ownerUrl, organizationId } = restore;
  const lock = await lockBackups(ownerUrl);
  try {
    const dump = () => opened(streamOf(store, fileOf(manifest.id, "database.sql.zst.age")), identities);
    const members = organizationId === null ? null : await membersOf(dump(), organizationId);
    let objects: RestoredObjects = { copied: 0, bytes: 0, present: 0 };
    const database = await restoreDatabase({
      ...restore,
      organization: organizationId === null || members === null ? null : { id: organizationId, members },
      async beforeCommit(client) {
        objects = await restoreObjects(client, restore);
      },
    });
    return { database, objects };
  } finally {
    await lock.release();
  }
}
