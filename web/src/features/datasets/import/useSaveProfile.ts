import type { ColumnMapping, CreateReadingProfile, Inspection, ReadingProfile } from "@magtrace/contracts";
import { useMutation } from "@tanstack/react-query";
import { request } from "../../../api/client.ts";
import { profileHeader, profileMapping } from "./profileOf.ts";

interface NewProfile {
  readonly name: string;
  readonly inspection: Inspection;
  /** What was said, beside what was found. */
  readonly mapping: ColumnMapping;
}

/** Keeps how a file is read for all files of the project with the same columns. */
export function useSaveProfile(projectId: number) {
  return useMutation({
    mutationFn: ({ name, inspection, mapping }: NewProfile) =>
      request<ReadingProfile>("reading-profiles/", {
        method: "POST",
        body: {
          project: projectId,
          name,
          header: profileHeader(inspection) ?? [],
          mapping: profileMapping(inspection, mapping),
        } satisfies CreateReadingProfile,
      }),
  });
}
