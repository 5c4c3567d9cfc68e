import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { safeNext } from "./safeNext.ts";

/** Goes into the app after signing in; what an earlier person at this browser had seen is forgotten. */
export function useEnter(): (next?: string) => void {
  const client = useQueryClient();
  const router = useRouter();
  return (next) => {
    client.clear();
    router.history.push(safeNext(next));
  };
}
