import type pg from "pg";
import type { Config } from "../config.ts";
import { installationSecret } from "../platform/installationSecret.ts";
import { masterKeySource } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import { currentPlace } from "../platform/objects/places/queries.ts";
import { databaseRows } from "../platform/objects/rows/queries.ts";
import { proveMasterKeys } from "../platform/objects/sealing/masterKeyMarks.ts";
import type { SealedObjectsParts } from "../platform/objects/sealing/sealedObjects.ts";

/** The stored objects as a command looks at them, and what the audit's ends are sealed with. */
export async function objectsOf(
  config: Config,
  pool: pg.Pool,
): Promise<{ sealing: SealedObjectsParts; auditSecret: Uint8Array }> {
  const inner = await openObjects(config, () => currentPlace(pool));
  const keyring = await proveMasterKeys(inner, masterKeySource(config));
  return {
    sealing: { inner, rows: databaseRows(pool), keyring },
    auditSecret: installationSecret(keyring, "audit"),
  };
}
