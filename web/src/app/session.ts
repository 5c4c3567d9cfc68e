import type { Me, SetupState } from "@magtrace/contracts";
import {
  type QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { ApiError } from "../api/apiError.ts";
import { request } from "../api/client.ts";
import { keys } from "../api/keys.ts";

/** Who is signed in, or null. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await request<Me>("me/", { signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export const setupQuery = queryOptions({
  queryKey: keys.setup,
  queryFn: ({ signal }) => request<SetupState>("setup/", { signal }),
  staleTime: 0,
});

export function useMe(): Me | null {
  return useSuspenseQuery(meQuery).data;
}

/** Whether this account may write at all; a project's role may still forbid it. */
export function useMayWrite(): boolean {
  return (useQuery(meQuery).data?.role ?? "read_only") !== "read_only";
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await request("auth/sign-out", { method: "POST", body: {} });
    forgetPerson(client);
  };
}

/** Nothing of one person may be seen by the next one at this browser. What is on screen learns of it, too. */
export function forgetPerson(client: QueryClient): void {
  client.setQueryData(keys.me, null);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
  client.getMutationCache().clear();
}
