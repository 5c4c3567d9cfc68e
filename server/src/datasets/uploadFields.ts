import { ColumnMapping, Id, Name, type ReadingProfile } from "@magtrace/contracts";
import { Check, Errors } from "typebox/value";
import type { Actor } from "../access/actor.ts";
import type { ProjectAccess } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { FormFields } from "../http/request/receiveFile.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import { requireProfile } from "./profiles/profiles.ts";

export const FALLBACK_NAME = "upload.csv";

/** What comes beside a file. The project goes by either name. */
export type UploadFields = FormFields & {
  project?: string;
  project_id?: string;
  name?: string;
  mapping?: string;
  /** Id of a reading profile, or `none`: then the project's are not looked through either. */
  profile?: string;
};

/** How the caller wants a file read. */
export interface WantedReading {
  /** Null: by the profile its columns are known by, or as the file itself says. */
  readonly mapping: ColumnMapping | null;
  readonly profile: Pick<ReadingProfile, "id" | "name"> | null;
}

/** What the fields say of how a file is to be read: the mapping goes before the profile's. */
export async function wantedReading(
  { db }: Deps,
  actor: Actor,
  fields: UploadFields,
): Promise<WantedReading> {
  const given = mappingOf(fields);
  const { profile: wanted = "" } = fields;
  if (wanted === "") return { mapping: given, profile: null };
  if (wanted === "none") return { mapping: given ?? {}, profile: null };
  const id = Number(wanted);
  if (!Check(Id, id)) {
    throw new AppError("validation_failed", "body/profile must be the id of a reading profile, or none.");
  }
  const profile = await inTransaction(db, actor.database, (tx) =>
    requireProfile(tx, actor, id, "dataset.write"),
  );
  return { mapping: { ...profile.mapping, ...given }, profile };
}

/** The project a file is for, where the actor may write. */
export async function projectRefOf({ db }: Deps, actor: Actor, fields: UploadFields): Promise<ProjectAccess> {
  const id = Number(fields.project ?? fields.project_id);
  if (!Check(Id, id)) {
    throw new AppError(
      "validation_failed",
      "body/project must be the id of a project, before or after the file.",
    );
  }
  return inTransaction(db, actor.database, (tx) => requireProject(tx, actor, id, "dataset.write"));
}

export function nameOf(fields: UploadFields, filename: string): string {
  const name = fields.name ?? (filename || FALLBACK_NAME);
  if (!Check(Name, name)) throw new AppError("validation_failed", "body/name must have 1 to 255 characters.");
  return name;
}

/** The caller's word on how the file is to be read, or null. */
function mappingOf({ mapping }: UploadFields): ColumnMapping | null {
  if (mapping === undefined || mapping.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(mapping);
  } catch (cause) {
    throw new AppError("validation_failed", "body/mapping must be JSON.", { cause });
  }
  if (Check(ColumnMapping, value)) return value;
  const [fault] = Errors(ColumnMapping, value);
  throw new AppError(
    "validation_failed",
    `body/mapping${fault?.instancePath ?? ""} ${fault?.message ?? "is wrong"}. It looks like {"columns": {"b_x": "my column"}, "unit": "µT"}, both optional.`,
  );
}
