import type { Upload } from "@magtrace/contracts";
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { request, requestPage } from "../../../api/client.ts";
import { keys } from "../../../api/keys.ts";
import { uploadPath } from "../../../api/uploadResumably.ts";
import { fingerprintOf } from "./fingerprintOf.ts";
import { uploadsBeingSent } from "./uploadLock.ts";

/** An upload that can be gone on with here, or has ended without a dataset. */
export interface Unfinished {
  readonly upload: Upload;
  /** Whether a tab of this browser is sending it. */
  readonly isBeingSent: boolean;
}

/** One's own; those that other programs have begun have no fingerprint, and are theirs to go on with. */
export const unfinishedQuery = (projectId: number) =>
  queryOptions({
    queryKey: keys.uploads(projectId),
    queryFn: async ({ signal }): Promise<Unfinished[]> => {
      const { rows } = await requestPage<Upload>("datasets/uploads/", { signal, query: { limit: 1000 } });
      const beingSent = await uploadsBeingSent();
      return rows
        .filter(({ project, fingerprint }) => project === projectId && fingerprint !== null)
        .filter(({ status }) => status === "receiving" || status === "failed")
        .map((upload) => ({ upload, isBeingSent: beingSent.has(upload.id) }));
    },
    staleTime: 0,
  });

/** The upload of this very file that the server has a part of, or null. */
export async function findUnfinished(
  client: QueryClient,
  projectId: number,
  file: File,
  others: readonly number[],
): Promise<number | null> {
  const unfinished = await client.fetchQuery(unfinishedQuery(projectId));
  const alike = unfinished.filter(
    ({ upload }) =>
      upload.status === "receiving" &&
      upload.file_name === file.name &&
      upload.length === file.size &&
      !others.includes(upload.id),
  );
  if (alike.length === 0) return null;
  const fingerprint = await fingerprintOf(file);
  return alike.find(({ upload }) => upload.fingerprint === fingerprint)?.upload.id ?? null;
}

/** Deletes what has arrived. One that has gone by itself is as good. */
export async function discardUpload(client: QueryClient, projectId: number, uploadId: number): Promise<void> {
  try {
    await request<void>(uploadPath(uploadId), { method: "DELETE" });
  } finally {
    await client.invalidateQueries({ queryKey: keys.uploads(projectId) });
  }
}
