import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { s3SettingsOf } from "../platform/objects/openObjects.ts";
import { connectS3, type S3Calls } from "../platform/objects/s3/s3Calls.ts";
import { requireBucket } from "../platform/objects/s3/s3Objects.ts";

/** The bucket that objects lie in. */
export async function bucketOf(config: Config): Promise<S3Calls> {
  const place = config.MAGTRACE_OBJECTS.find(({ kind }) => kind === "s3");
  if (place?.kind !== "s3") {
    throw new AppError(
      "invalid_config",
      "Objects lie in a folder. Set MAGTRACE_OBJECTS to s3://bucket/prefix.",
    );
  }
  const calls = await connectS3(s3SettingsOf(config, place));
  await requireBucket(calls);
  return calls;
}
