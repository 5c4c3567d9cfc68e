import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { KmsSettings } from "../../src/platform/objects/sealing/kms.ts";

/** A small key service on the loopback, in the JSON protocol of AWS KMS: GenerateDataKey and Decrypt. */
export interface KmsServer {
  readonly endpoint: string;
  /** Every request's operation, in order. */
  readonly operations: string[];
  settings(keyId: string): KmsSettings;
  environment(keyId: string): Record<string, string>;
  /** The service no longer has this key. */
  disable(keyId: string): void;
  stop(): Promise<void>;
}

interface Asked {
  readonly KeyId?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Record<string, string>;
  readonly KeySpec?: string;
}

const ACCESS_KEY = "kms-access";
const SECRET = "kms-secret";
const signature =
  /^AWS4-HMAC-SHA256 Credential=kms-access\/\d{8}\/us-east-1\/kms\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/;

class Refusal extends Error {}

export async function startKmsServer(keyIds: readonly string[]): Promise<KmsServer> {
  const keys = new Map(keyIds.map((id) => [id, randomBytes(32)]));
  const operations: string[] = [];

  function answer(operation: string, asked: Asked): object {
    const context = Buffer.from(JSON.stringify(asked.EncryptionContext ?? {}));
    if (operation === "GenerateDataKey") {
      const plain = randomBytes(asked.KeySpec === "AES_256" ? 32 : 16);
      const nonce = randomBytes(12);
      const id = asked.KeyId ?? "";
      const cipher = createCipheriv("aes-256-gcm", keyNamed(id), nonce).setAAD(context);
      const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      const name = Buffer.from(id);
      const blob = Buffer.concat([Buffer.of(name.length), name, nonce, sealed]);
      return { KeyId: id, Plaintext: plain.toString("base64"), CiphertextBlob: blob.toString("base64") };
    }
    if (operation !== "Decrypt") throw new Refusal("UnknownOperationException");
    const blob = Buffer.from(asked.CiphertextBlob ?? "", "base64");
    const id = blob.toString("utf8", 1, 1 + (blob[0] ?? 0));
    if (asked.KeyId !== undefined && asked.KeyId !== id) throw new Refusal("IncorrectKeyException");
    const rest = blob.subarray(1 + (blob[0] ?? 0));
    try {
      const decipher = createDecipheriv("aes-256-gcm", keyNamed(id), rest.subarray(0, 12)).setAAD(context);
      decipher.setAuthTag(rest.subarray(-16));
      const plain = Buffer.concat([decipher.update(rest.subarray(12, -16)), decipher.final()]);
      return { KeyId: id, Plaintext: plain.toString("base64"), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal("InvalidCiphertextException");
    }
  }

  function keyNamed(id: string): Buffer {
    const key = keys.get(id);
    if (key === undefined) throw new Refusal("NotFoundException");
    return key;
  }

  const server = createServer(async (request, response) => {
    const reply = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    };
    try {
      const operation = String(request.headers["x-amz-target"]).replace(/^TrentService\./, "");
      operations.push(operation);
      if (request.headers["content-type"] !== "application/x-amz-json-1.1")
        throw new Refusal("SerializationException");
      if (!signature.test(request.headers.authorization ?? "") || !request.headers["x-amz-date"]) {
        throw new Refusal("UnrecognizedClientException");
      }
      reply(200, answer(operation, JSON.parse(await bodyOf(request)) as Asked));
    } catch (error) {
      reply(400, {
        __type: error instanceof Refusal ? error.message : "KMSInternalException",
        message: "no",
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    operations,
    settings: (keyId) => ({
      keyId,
      endpoint,
      region: "us-east-1",
      accessKeyId: ACCESS_KEY,
      secretAccessKey: SECRET,
    }),
    environment: (keyId) => ({
      KMS_KEY: keyId,
      KMS_ENDPOINT: endpoint,
      KMS_ACCESS_KEY_ID: ACCESS_KEY,
      KMS_SECRET_ACCESS_KEY: SECRET,
    }),
    disable: (keyId) => keys.delete(keyId),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
