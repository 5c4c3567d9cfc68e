import { ColumnMapping, Id, Name } from "@magtrace/contracts";
import { Check, Errors } from "typebox/value";
import type { Actor } from "../access/actor.ts";
import type { ProjectRef } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { FormFields } from "../http/request/receiveFile.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";

export const FALLBACK_NAME = "upload.csv";

/** What comes beside a file. The project goes by either name. */
export type UploadFields = FormFields & {
  project?: string;
  project_id?: string;
  name?: string;
  mapping?: string;
};

/** The project a file is for, where the actor may write. */
export async function projectRefOf({ db }: Deps, actor: Actor, fields: UploadFields): Promise<ProjectRef> {
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
export function mappingOf({ mapping }: UploadFields): ColumnMapping | null {
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
