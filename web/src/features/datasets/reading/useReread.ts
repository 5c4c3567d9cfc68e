import type { ColumnMapping, Dataset, Reread } from "@magtrace/contracts";
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../../api/apiError.ts";
import { request } from "../../../api/client.ts";
import { keys } from "../../../api/keys.ts";
import { refresh } from "../../../api/queryClient.ts";
import { rereadsQuery } from "../queries.ts";

export interface WantedReading {
  /** Goes on after "read again": `as “values are in µT”`. */
  readonly label: string;
  /** Null: as the file itself says. */
  readonly mapping: ColumnMapping | null;
}

export interface Rereading {
  /** What was asked for last, since the page was opened. */
  readonly wanted: WantedReading | null;
  /** Asked for here and not ended yet. */
  readonly isPending: boolean;
  /** What became of it. */
  readonly done: Reread | null;
  readonly error: unknown;
  ask(wanted: WantedReading): void;
}

/** Has the file of a dataset read again, and follows what becomes of it. */
export function useReread(dataset: Pick<Dataset, "id" | "project">): Rereading {
  const client = useQueryClient();
  const [wanted, setWanted] = useState<WantedReading | null>(null);
  const asking = useMutation({
    mutationFn: (mapping: ColumnMapping | null) =>
      request<Reread>(`datasets/${dataset.id}/reread/`, { method: "POST", body: { mapping } }),
    onSettled: () => readAnew(client, dataset),
  });
  // The answer of a long one comes before its end.
  const isUnderWay = asking.data !== undefined && asking.data.finished_at === null;
  const later = useQuery({ ...rereadsQuery(dataset.id), enabled: isUnderWay });
  const found = later.data?.rows.find(({ id }) => id === asking.data?.id) ?? null;
  const last = isUnderWay ? found : (asking.data ?? null);
  const hasEnded = last !== null && last.finished_at !== null;
  return {
    wanted,
    isPending: asking.isPending || (asking.data !== undefined && !hasEnded),
    done: hasEnded && last.status === "completed" ? last : null,
    error: asking.error ?? (hasEnded && last.status === "failed" ? failureOf(last) : null),
    ask(next) {
      setWanted(next);
      asking.mutate(next.mapping);
    },
  };
}

/** Everything that is made of the readings, and the labels, which may have come of one of the file's columns. */
function readAnew(client: QueryClient, { id, project }: Pick<Dataset, "id" | "project">): void {
  client.setQueryData(keys.rereadProgress(id), null);
  refresh(client, [keys.dataset(id), keys.datasets, keys.annotations(id), keys.categories(project)]);
}

/** A reading that failed after its answer, as the answer would have told it. */
function failureOf({ code, error, findings, total_findings, questions }: Reread): ApiError {
  return new ApiError(error ?? "Reading the file again failed.", {
    status: code === "conflict" ? 409 : code === "internal" ? 500 : 422,
    code: code ?? "internal",
    details: { findings, total_findings, questions },
  });
}
