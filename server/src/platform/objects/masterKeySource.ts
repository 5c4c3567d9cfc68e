import { join } from "node:path";
import type { Config } from "../../config.ts";
import { lineOfFile } from "./openObjects.ts";
import type { KmsSettings } from "./sealing/kms.ts";
import { type Keyring, loadMasterKeys, type MasterKeySource } from "./sealing/masterKey.ts";

/** Where the configuration says that master keys are. */
export function masterKeySource(
  config: Config,
): Omit<MasterKeySource, "createIfMissing"> & { kms: KmsSettings } {
  return {
    keyText: config.MAGTRACE_MASTER_KEY,
    keyFile: config.MAGTRACE_MASTER_KEY_FILE || join(config.MAGTRACE_DATA_DIR, "master.key"),
    kms: {
      keyId: config.KMS_KEY,
      endpoint: config.KMS_ENDPOINT,
      region: config.KMS_REGION,
      accessKeyId: config.KMS_ACCESS_KEY_ID || lineOfFile(config.KMS_ACCESS_KEY_ID_FILE),
      secretAccessKey: config.KMS_SECRET_ACCESS_KEY || lineOfFile(config.KMS_SECRET_ACCESS_KEY_FILE),
    },
  };
}

/** The master keys that are there; none is made, and what they seal is not looked at. */
export function givenMasterKeys(config: Config): Promise<Keyring> {
  return loadMasterKeys({ ...masterKeySource(config), createIfMissing: false });
}
