import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./apiError.ts";

/** `onSignedOut` is called when a cached query learns that the session is over. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== "me") onSignedOut();
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
