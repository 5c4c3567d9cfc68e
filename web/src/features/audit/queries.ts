import type { AuditEntry, AuditVerdict } from "@magtrace/contracts";
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

export const useVerifyAudit = (organizationId: number) =>
  useMutation({
    mutationFn: () => request<AuditVerdict>("audit/verify/", { query: { organization_id: organizationId } }),
  });
