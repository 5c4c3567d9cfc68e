import { MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "./apiError.ts";

/** The `staleTime` of what others change without our being told: it is asked for anew whenever a page shows it. */
export const CHANGED_BY_OTHERS = 0;

/** A wrong password is a 401 as well, and ends nothing. */
const isSignedOut = (error: unknown) => error instanceof ApiError && error.code === "not_signed_in";

/** `onSignedOut` is called when a cached query or a change learns that the session is over. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (isSignedOut(error) && query.queryKey[0] !== "me") onSignedOut();
      },
    }),
    mutationCache: new MutationCache({
      onError: (error) => {
        if (isSignedOut(error)) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // A refusal will be the same the next time; a dead connection or a restarting server may not be.
        retry: (failures, error) =>
          failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      },
    },
  });
}

/**
 * Has cached answers asked for anew after a change. A change does not wait for that: the row that made it may be gone
 * from the page by then, and what it has to say with it.
 */
export function refresh(client: QueryClient, queryKeys: readonly QueryKey[]): void {
  for (const queryKey of queryKeys) void client.invalidateQueries({ queryKey });
}
