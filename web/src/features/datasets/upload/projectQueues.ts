import type { Me } from "@magtrace/contracts";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { keys } from "../../../api/keys.ts";
import { inspectFor } from "../import/inspectFile.ts";
import { UploadQueue } from "../uploadQueue.ts";
import { isResumable, sendRecording } from "./sendRecording.ts";
import { discardUpload, findUnfinished } from "./unfinishedUploads.ts";

/** The queues of whoever is signed in, by project. They live as long as the page: one may walk about in the app. */
interface Queues {
  readonly userId: number;
  readonly byProject: Map<number, UploadQueue>;
}

const queuesOf = new WeakMap<QueryClient, Queues>();

/** A project's uploads, whatever page of the app is open meanwhile. */
export function useUploadQueue(projectId: number): UploadQueue {
  const client = useQueryClient();
  const userId = client.getQueryData<Me | null>(keys.me)?.id ?? 0;
  const { byProject } = queuesFor(client, userId);
  const queue = byProject.get(projectId) ?? makeQueue(client, projectId);
  byProject.set(projectId, queue);
  return queue;
}

function queuesFor(client: QueryClient, userId: number): Queues {
  const found = queuesOf.get(client);
  if (found?.userId === userId) return found;
  for (const queue of found?.byProject.values() ?? []) queue.suspend();
  const made: Queues = { userId, byProject: new Map() };
  queuesOf.set(client, made);
  if (found === undefined) followPerson(client);
  return made;
}

/** What one person sends is sent in nobody else's name: it stops when they sign out, and goes on when they are back. */
function followPerson(client: QueryClient): void {
  client.getQueryCache().subscribe(({ query }) => {
    if (query.queryKey[0] !== keys.me[0]) return;
    const queues = queuesOf.get(client);
    const isThere = client.getQueryData<Me | null>(keys.me)?.id === queues?.userId;
    for (const queue of queues?.byProject.values() ?? []) isThere ? queue.goOn() : queue.suspend();
  });
}

function makeQueue(client: QueryClient, projectId: number): UploadQueue {
  const queue = new UploadQueue({
    inspect: inspectFor(projectId),
    findBegun: (file, others) =>
      isResumable(file, {}) ? findUnfinished(client, projectId, file, others) : null,
    send: (item, events) => sendRecording(projectId, item, events),
    discard: (uploadId) => void discardUpload(client, projectId, uploadId).catch(() => undefined),
    onDone: () => {
      void client.invalidateQueries({ queryKey: keys.datasets });
      void client.invalidateQueries({ queryKey: keys.uploads(projectId) });
    },
  });
  queue.subscribe(() => askBeforeLeaving(queue));
  return queue;
}

const unfinished = new Set<UploadQueue>();

/** Listened to only while there is something to lose: it keeps a page out of the browser's cache for going back. */
function askBeforeLeaving(queue: UploadQueue): void {
  if (queue.isLostByLeaving()) unfinished.add(queue);
  else unfinished.delete(queue);
  if (unfinished.size > 0) window.addEventListener("beforeunload", ask);
  else window.removeEventListener("beforeunload", ask);
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
