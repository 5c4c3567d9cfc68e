import type { Inspection } from "@magtrace/contracts";
import { readableHead } from "./ingest/inspect/headOf.ts";
import { type InspectRequest, inspectFile } from "./ingest/inspectFile.ts";
import { type KnownProfile, profileAssumption, recogniseProfile } from "./profiles/recogniseProfile.ts";

/** The first part of a file that is to be one of a project's. */
export interface InspectInProject extends InspectRequest {
  /** By which the mapping was made, where the caller named one. */
  readonly profile: Inspection["profile"];
  /** Where there is no mapping: those to recognise the file by. */
  readonly profiles: readonly KnownProfile[];
}

/** Tells how a file would be read, by the profile that the project has for files like it. */
export async function inspectInProject({
  profile,
  profiles,
  ...request
}: InspectInProject): Promise<Inspection> {
  const head = profiles.length === 0 ? null : await readableHead(request.head);
  const known = head === null ? null : recogniseProfile(head.bytes, profiles);
  if (known === null) return { ...(await inspectFile(request)), profile };
  const inspected = await inspectFile({ ...request, mapping: known.mapping });
  return {
    ...inspected,
    assumptions: [profileAssumption(known), ...inspected.assumptions],
    profile: { id: known.id, name: known.name },
  };
}
