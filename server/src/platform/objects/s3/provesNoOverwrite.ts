import { randomBytes } from "node:crypto";
import { ObjectExistsError } from "../errors.ts";
import type { RuleState } from "./bucketRules.ts";
import type { S3Calls } from "./s3Calls.ts";
import { S3Objects } from "./s3Objects.ts";
import { S3Writer } from "./s3Writer.ts";

/** Writes one key twice. */
export async function provesNoOverwrite(calls: S3Calls): Promise<RuleState> {
  const rule = "no overwrite";
  const store = new S3Objects(calls);
  const key = `doctor/${randomBytes(8).toString("hex")}`;
  const write = async () => {
    const writer = new S3Writer(calls, key, undefined);
    await writer.write(randomBytes(16));
    await writer.close();
  };
  try {
    await write();
    await write();
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    return { rule, state: "ok", words: "A key that is taken is refused." };
  } finally {
    await store.delete(key);
  }
  const words =
    "The store overwrites a key that is taken (If-None-Match). Only the database's rows prevent it.";
  return { rule, state: "missing", words };
}
