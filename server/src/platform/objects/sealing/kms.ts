import type * as Sdk from "@aws-sdk/client-kms";
import { AppError } from "../../../errors.ts";

/** A service that speaks the protocol of AWS KMS. */
export interface KmsSettings {
  /** The service's own key, by id, alias or ARN. Empty: new master keys are not held by it. */
  readonly keyId: string;
  /** Empty: AWS, by its region. */
  readonly endpoint: string;
  readonly region: string;
  /** Empty: what the machine gives, such as an instance's role. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Kms {
  /** A new key of 32 bytes, and the same as the service alone can open it. */
  makeKey(): Promise<{ plain: Uint8Array; wrapped: Uint8Array }>;
  /** @throws AppError naming the master key and the service's. */
  openKey(masterKeyId: string, wrapped: Uint8Array): Promise<Uint8Array>;
}

/** Bound into each key: one that was made for something else is not opened. */
const context = { purpose: "magtrace master key" };
const attempts = 4;
const answerMs = 10_000;

/**
 * A master key is made by the service and kept in its sealed form; a process has it opened once, when it starts, and
 * asks no more. So no upload or download waits for the service, and it may be away while everything runs.
 */
export async function connectKms(settings: KmsSettings): Promise<Kms> {
  const sdk = await import("@aws-sdk/client-kms");
  const { keyId, endpoint, region, accessKeyId, secretAccessKey } = settings;
  const client = new sdk.KMSClient({
    region,
    maxAttempts: attempts,
    ...(endpoint === "" ? {} : { endpoint }),
    ...(accessKeyId === "" ? {} : { credentials: { accessKeyId, secretAccessKey } }),
    requestHandler: { connectionTimeout: answerMs / 2, requestTimeout: answerMs },
  });
  const service = `the key service${endpoint === "" ? ` in ${region}` : ` at ${endpoint}`}`;
  const named = keyId === "" ? "" : ` with its key ${keyId}`;
  return {
    async makeKey() {
      try {
        const answer = await client.send(
          new sdk.GenerateDataKeyCommand({ KeyId: keyId, KeySpec: "AES_256", EncryptionContext: context }),
        );
        return { plain: required(answer.Plaintext), wrapped: required(answer.CiphertextBlob) };
      } catch (error) {
        throw refusalOf(sdk, error, `${service} made no key${named}`);
      }
    },
    async openKey(masterKeyId, wrapped) {
      try {
        const answer = await client.send(
          new sdk.DecryptCommand({
            CiphertextBlob: wrapped,
            EncryptionContext: context,
            ...(keyId === "" ? {} : { KeyId: keyId }),
          }),
        );
        const bytes = required(answer.Plaintext);
        if (bytes.byteLength !== 32) throw new RangeError(`a key of ${bytes.byteLength} bytes`);
        return bytes;
      } catch (error) {
        throw refusalOf(
          sdk,
          error,
          `Master key ${masterKeyId} is needed, and ${service} did not open it${named}`,
        );
      }
    },
  };
}

function required(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new RangeError("an answer without a key");
  return bytes;
}

/** What an operator can change is a fault of the configuration; anything else may pass. */
function refusalOf(sdk: typeof Sdk, error: unknown, what: string): AppError {
  const sentence = what.charAt(0).toUpperCase() + what.slice(1);
  if (error instanceof sdk.KMSServiceException && error.$fault === "client") {
    const message = `${sentence}: it refused (${error.name}). Check the key, the region and the access key.`;
    return new AppError("invalid_config", message, { cause: error });
  }
  if (error instanceof Error && error.name === "CredentialsProviderError") {
    const message = `${sentence}: there is no access key. Set KMS_ACCESS_KEY_ID and KMS_SECRET_ACCESS_KEY.`;
    return new AppError("invalid_config", message, { cause: error });
  }
  return new AppError("dependency_unavailable", `${sentence}: it does not answer. Try again.`, {
    cause: error,
  });
}
