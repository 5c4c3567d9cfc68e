import type {
  CreatedInvitation,
  CreateInvitation,
  Invitation,
  Organization,
  OrganizationMember,
  OrganizationRole,
  UpdateOrganization,
} from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { CHANGED_BY_OTHERS, refresh } from "../../api/queryClient.ts";
import { useMayWrite } from "../../app/session.ts";
import { type OrganizationRights, rightsInOrganization } from "./rights.ts";

export const MEMBERS_A_PAGE = 50;
/** Enough to choose from in one list. */
const MOST_CHOICES = 1000;

export const organizationQuery = (id: number) =>
  queryOptions({
    staleTime: CHANGED_BY_OTHERS,
    queryKey: keys.organization(id),
    queryFn: ({ signal }) => request<Organization>(`organizations/${id}/`, { signal }),
  });

export const membersQuery = (id: number, page: number) =>
  queryOptions({
    staleTime: CHANGED_BY_OTHERS,
    queryKey: [...keys.organizationMembers(id), page],
    queryFn: ({ signal }) =>
      requestPage<OrganizationMember>(`organizations/${id}/members/`, {
        signal,
        query: { limit: MEMBERS_A_PAGE, offset: (page - 1) * MEMBERS_A_PAGE },
      }),
    placeholderData: keepPreviousData,
  });

export const memberChoicesQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.organizationMembers(id), "choices"],
    queryFn: ({ signal }) =>
      requestPage<OrganizationMember>(`organizations/${id}/members/`, {
        signal,
        query: { limit: MOST_CHOICES },
      }),
  });

export const invitationsQuery = (id: number) =>
  queryOptions({
    staleTime: CHANGED_BY_OTHERS,
    queryKey: keys.invitations(id),
    queryFn: ({ signal }) => request<Invitation[]>(`organizations/${id}/invitations/`, { signal }),
  });

export function useOrganizationRights(id: number): OrganizationRights {
  const organization = useQuery(organizationQuery(id)).data;
  return rightsInOrganization(organization?.role ?? null, useMayWrite());
}

/** A change of who is who may be one of oneself: everything that depends on one's own rights is asked again. */
function useMembershipChange<Body, Answer>(organizationId: number, change: (body: Body) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      refresh(client, [keys.organization(organizationId), keys.organizations, keys.me, keys.projects]),
  });
}

export const useSetMember = (organizationId: number) =>
  useMembershipChange(organizationId, ({ user, role }: { user: number; role: OrganizationRole }) =>
    request<OrganizationMember>(`organizations/${organizationId}/members/${user}/`, {
      method: "PUT",
      body: { role },
    }),
  );

export const useRemoveMember = (organizationId: number) =>
  useMembershipChange(organizationId, (user: number) =>
    request<void>(`organizations/${organizationId}/members/${user}/`, { method: "DELETE" }),
  );

export const useTransferOrganization = (organizationId: number) =>
  useMembershipChange(organizationId, (user: number) =>
    request<Organization>(`organizations/${organizationId}/transfer/`, { method: "POST", body: { user } }),
  );

export const useUpdateOrganization = (organizationId: number) =>
  useMembershipChange(organizationId, (body: UpdateOrganization) =>
    request<Organization>(`organizations/${organizationId}/`, { method: "PATCH", body }),
  );

/** Leaving: what was seen of the organisation is forgotten, for it cannot be asked for again. */
export function useLeaveOrganization(organizationId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (userId: number) =>
      request<void>(`organizations/${organizationId}/members/${userId}/`, { method: "DELETE" }),
    onSuccess: () => {
      client.removeQueries({ queryKey: keys.organization(organizationId) });
      refresh(client, [keys.organizations, keys.me, keys.projects]);
    },
  });
}

export function useInvite(organizationId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateInvitation) =>
      request<CreatedInvitation>(`organizations/${organizationId}/invitations/`, { method: "POST", body }),
    onSuccess: () => refresh(client, [keys.invitations(organizationId)]),
  });
}

export function useRevokeInvitation(organizationId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      request<void>(`organizations/${organizationId}/invitations/${id}/`, { method: "DELETE" }),
    onSuccess: () => refresh(client, [keys.invitations(organizationId)]),
  });
}
