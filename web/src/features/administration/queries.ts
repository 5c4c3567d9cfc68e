import type {
  CreateOrganization,
  InstallationRole,
  Organization,
  OrganizationMember,
  OrganizationRole,
  UpdateUser,
  User,
} from "@magtrace/contracts";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, requestPage } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { CHANGED_BY_OTHERS, refresh } from "../../api/queryClient.ts";

export const USERS_A_PAGE = 50;
export const ORGANIZATIONS_A_PAGE = 50;
const MOST_CHOICES = 1000;

export const INSTALLATION_ROLES: readonly InstallationRole[] = ["admin", "user", "read_only"];

export const usersQuery = (search: string, page: number) =>
  queryOptions({
    staleTime: CHANGED_BY_OTHERS,
    queryKey: [...keys.users, search, page],
    queryFn: ({ signal }) =>
      requestPage<User>("users/", {
        signal,
        query: { search, limit: USERS_A_PAGE, offset: (page - 1) * USERS_A_PAGE },
      }),
    placeholderData: keepPreviousData,
  });

export const userChoicesQuery = queryOptions({
  queryKey: [...keys.users, "choices"],
  queryFn: ({ signal }) => requestPage<User>("users/", { signal, query: { limit: MOST_CHOICES } }),
});

export const organizationChoicesQuery = queryOptions({
  queryKey: [...keys.organizations, "all", "choices"],
  queryFn: ({ signal }) =>
    requestPage<Organization>("organizations/", { signal, query: { all: true, limit: MOST_CHOICES } }),
});

/** All of the installation, not only one's own. */
export const allOrganizationsQuery = (page: number) =>
  queryOptions({
    staleTime: CHANGED_BY_OTHERS,
    queryKey: [...keys.organizations, "all", page],
    queryFn: ({ signal }) =>
      requestPage<Organization>("organizations/", {
        signal,
        query: { all: true, limit: ORGANIZATIONS_A_PAGE, offset: (page - 1) * ORGANIZATIONS_A_PAGE },
      }),
    placeholderData: keepPreviousData,
  });

export function useUpdateUser(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateUser) => request<User>(`users/${id}/`, { method: "PATCH", body }),
    onSuccess: () => refresh(client, [keys.users]),
  });
}

export const useSignOutUser = (id: number) =>
  useMutation({ mutationFn: () => request<void>(`users/${id}/sign_out/`, { method: "POST" }) });

function useOrganizationChange<Body, Answer>(change: (body: Body) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => refresh(client, [keys.organizations, keys.me, keys.users]),
  });
}

export const useCreateOrganization = () =>
  useOrganizationChange((body: CreateOrganization) =>
    request<Organization>("organizations/", { method: "POST", body }),
  );

export const usePutMember = (organizationId: number) =>
  useOrganizationChange(({ user, role }: { user: number; role: OrganizationRole }) =>
    request<OrganizationMember>(`organizations/${organizationId}/members/${user}/`, {
      method: "PUT",
      body: { role },
    }),
  );
