import type { Prediction, ProjectEvent } from "@magtrace/contracts";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys } from "./keys.ts";

/** Which cached answers an event makes stale. */
function refresh(client: QueryClient, event: ProjectEvent): void {
  const stale = (queryKey: readonly unknown[]) => void client.invalidateQueries({ queryKey });
  switch (event.kind) {
    case "dataset":
      if (event.id !== null && keepProgress(client, event.id, event.state)) break;
      stale(keys.datasets);
      if (event.id !== null) stale(keys.dataset(event.id));
      break;
    case "training_session":
      stale(keys.sessions);
      if (event.id !== null) stale(keys.session(event.id));
      break;
    case "prediction":
      stale(keys.predictions);
      if (event.id !== null && !knowsPrediction(client, event.id, event.state)) {
        stale(keys.prediction(event.id));
        stale(keys.intervals(event.id));
      }
      break;
    case "annotations":
      // Without a dataset it is about the categories: their names and colours.
      if (event.id === null) stale(keys.categories(event.project));
      break;
    case "suggestions":
      break;
  }
}

/** How far a file is that is being read again. Its readings stay as they are until that has ended. */
function keepProgress(
  client: QueryClient,
  id: number,
  { reread, status, progress }: ProjectEvent["state"] = {},
): boolean {
  if (typeof reread !== "number") return false;
  const isRunning = status === "running";
  const known = client.getQueryData<number | null>(keys.rereadProgress(id)) ?? null;
  client.setQueryData(keys.rereadProgress(id), isRunning && typeof progress === "number" ? progress : null);
  // Somebody has begun.
  if (isRunning && known === null) void client.invalidateQueries({ queryKey: keys.rereads(id) });
  return isRunning;
}

/** Our own decisions come back as events: their answer has told already, or is about to, what they changed. */
function knowsPrediction(client: QueryClient, id: number, { counts }: ProjectEvent["state"]): boolean {
  if (client.isMutating({ mutationKey: keys.review(id) }) > 0) return true;
  const known = client.getQueryData<Prediction>(keys.prediction(id));
  if (known?.status !== "completed") return false;
  return counts !== undefined && JSON.stringify(counts) === JSON.stringify(known.counts);
}

/** Our own labels come back as events too: a burst of them costs one reload, after it. */
const ANNOTATIONS_SETTLE_MS = 2000;

/**
 * Listens to what happens in a project while mounted. EventSource reconnects by itself; pages that wait for
 * something also ask slowly, so a proxy that swallows event streams costs seconds, not correctness.
 */
export function useProjectEvents(projectId: number): void {
  const client = useQueryClient();
  useEffect(() => {
    let settling: number | undefined;
    const source = new EventSource(`/api/events/?project_id=${projectId}`);
    source.onmessage = (message) => {
      let event: ProjectEvent;
      try {
        event = JSON.parse(String(message.data)) as ProjectEvent;
      } catch {
        // A line that is not JSON says nothing; the slow polling still covers what it may have meant.
        return;
      }
      refresh(client, event);
      if (event.kind === "annotations" && event.id !== null) {
        window.clearTimeout(settling);
        settling = window.setTimeout(
          () => void client.invalidateQueries({ queryKey: keys.allAnnotations }),
          ANNOTATIONS_SETTLE_MS,
        );
      }
    };
    // The server cannot say what happened while the connection was lost.
    source.addEventListener("missed", () => void client.invalidateQueries());
    source.onerror = () => {
      // Refused for good, which is not a lost connection: somebody has been taken out of the project or signed out.
      if (source.readyState === EventSource.CLOSED) {
        void client.invalidateQueries({ queryKey: keys.project(projectId), exact: true });
      }
    };
    return () => {
      window.clearTimeout(settling);
      source.close();
    };
  }, [client, projectId]);
}
