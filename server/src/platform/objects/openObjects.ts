import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { AppError } from "../../errors.ts";
import { openFolderObjects } from "./folder/folderObjects.ts";
import type { ObjectPlace } from "./objectPlace.ts";
import { type Place, PlacedObjects } from "./places/placedObjects.ts";
import type { S3Settings } from "./s3/s3Settings.ts";
import type { ObjectStore } from "./types.ts";

/**
 * Opens what lies under the sealing, where the configuration says it lies.
 * @param currentName Which of several places is written to; the first until there is an answer.
 */
export async function openObjects(
  config: Config,
  currentName: () => Promise<string | null> = async () => null,
): Promise<ObjectStore> {
  const places: Place[] = [];
  for (const place of config.MAGTRACE_OBJECTS) {
    places.push({ name: place.name, store: await openPlace(config, place) });
  }
  return places.length === 1 ? places[0]!.store : new PlacedObjects(places, currentName);
}

/** The program for S3 is read only where it is needed. */
export async function openPlace(config: Config, place: ObjectPlace): Promise<ObjectStore> {
  if (place.kind === "folder") {
    return openFolderObjects(place.path ?? join(config.MAGTRACE_DATA_DIR, "objects"));
  }
  const { openS3Objects } = await import("./s3/s3Objects.ts");
  return openS3Objects(s3SettingsOf(config, place));
}

export function s3SettingsOf(
  config: Config,
  { bucket, prefix }: Extract<ObjectPlace, { kind: "s3" }>,
): S3Settings {
  return {
    bucket,
    prefix,
    endpoint: config.S3_ENDPOINT,
    region: config.S3_REGION,
    pathStyle: config.S3_PATH_STYLE,
    accessKeyId: config.S3_ACCESS_KEY_ID || lineOfFile(config.S3_ACCESS_KEY_ID_FILE),
    secretAccessKey: config.S3_SECRET_ACCESS_KEY || lineOfFile(config.S3_SECRET_ACCESS_KEY_FILE),
  };
}

/** The one line of a file with a secret; of no file, nothing. */
export function lineOfFile(path: string): string {
  if (path === "") return "";
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    const message = "A file with an access key cannot be read. Check S3_…_FILE and KMS_…_FILE.";
    throw new AppError("invalid_config", message, { cause });
  }
}
