import Type, { type Static } from "typebox";
import { Id, Nullable, Timestamp } from "./common.ts";

export const UploadStatus = Type.Union([
  Type.Literal("receiving"),
  Type.Literal("assembling"),
  Type.Literal("completed"),
  Type.Literal("failed"),
]);
export type UploadStatus = Static<typeof UploadStatus>;

/** A file that arrives in parts, over several requests. */
export const Upload = Type.Object({
  id: Id,
  project: Id,
  name: Type.String(),
  file_name: Type.String(),
  status: UploadStatus,
  length: Type.Integer({ minimum: 0 }),
  offset: Type.Integer({ minimum: 0, description: "Bytes that have arrived." }),
  fingerprint: Nullable(
    Type.String({ description: "Of the metadata: by which the client that began it knows the file again." }),
  ),
  dataset: Nullable(Id),
  code: Nullable(Type.String()),
  error: Nullable(Type.String()),
  created_at: Timestamp,
  expires_at: Timestamp,
});
export type Upload = Static<typeof Upload>;
