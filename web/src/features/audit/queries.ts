import type { AuditCheck, AuditEntry, AuditVerdict } from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { type AuditSearch, auditParameters, ENTRIES_A_PAGE } from "./auditSearch.ts";

export const auditQuery = (organizationId: number, search: AuditSearch) =>
  queryOptions({
    queryKey: [...keys.audit, organizationId, search],
    queryFn: ({ signal }) =>
      requestPage<AuditEntry>("audit/", {
        signal,
        query: {
          ...auditParameters(organizationId, search),
          limit: ENTRIES_A_PAGE,
          offset: ((search.page ?? 1) - 1) * ENTRIES_A_PAGE,
        },
      }),
    placeholderData: keepPreviousData,
    // The newest entries are what one looks for.
    staleTime: 0,
  });

const ASK_AGAIN_MS = 1_000;

/** A long chain is checked by a worker: asked again until its verdict is there. */
async function verifyAudit(organizationId: number): Promise<AuditVerdict> {
  const path = "audit/verify/";
  let answer = await request<AuditVerdict | AuditCheck>(path, { query: { organization_id: organizationId } });
  while ("status" in answer) {
    const { id } = answer;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    answer = await request(path, { query: { organization_id: organizationId, check: id } });
  }
  return answer;
}

export const useVerifyAudit = (organizationId: number) =>
  useMutation({ mutationFn: () => verifyAudit(organizationId) });
