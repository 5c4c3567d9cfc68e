import type { CreatedToken, CreateToken, Me, Session, Token, UpdateMe } from "@magtrace/contracts";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { CHANGED_BY_OTHERS, refresh } from "../../api/queryClient.ts";

const post = <T>(path: string, body: unknown = {}) => request<T>(path, { method: "POST", body });

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: ({ signal }) => request<Token[]>("tokens/", { signal }),
});

export const browsersQuery = queryOptions({
  staleTime: CHANGED_BY_OTHERS,
  queryKey: keys.browsers,
  queryFn: ({ signal }) => request<Session[]>("sessions/", { signal }),
});

/** What changes who one is makes the session a new one: who is asking has to be asked again. */
function useChange<Body, Answer>(change: (body: Body) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => refresh(client, [keys.me, keys.browsers]),
  });
}

export const useUpdateMe = () => useChange((body: UpdateMe) => request<Me>("me/", { method: "PATCH", body }));

export const useChangePassword = () =>
  useChange((body: { currentPassword: string; newPassword: string }) =>
    post("auth/change-password", { ...body, revokeOtherSessions: true }),
  );

export interface TwoFactorSecret {
  readonly totpURI: string;
  readonly backupCodes: string[];
}

/** Nothing is asked for at sign-in yet: that begins with the first right code. */
export const useStartTwoFactor = () =>
  useMutation({
    mutationFn: (password: string) => post<TwoFactorSecret>("auth/two-factor/enable", { password }),
  });

export const useConfirmTwoFactor = () =>
  useChange((code: string) => post("auth/two-factor/verify-totp", { code }));

export const useDisableTwoFactor = () =>
  useChange((password: string) => post("auth/two-factor/disable", { password }));

export const useNewRecoveryCodes = () =>
  useMutation({
    mutationFn: (password: string) =>
      post<{ backupCodes: string[] }>("auth/two-factor/generate-backup-codes", { password }),
  });

export const useRevokeBrowser = () =>
  useChange((id: number) => request<void>(`sessions/${id}/`, { method: "DELETE" }));

export const useRevokeOtherBrowsers = () => useChange(() => post("sessions/revoke_others/"));

export const useSendVerification = () =>
  useMutation({ mutationFn: (email: string) => post("auth/send-verification-email", { email }) });

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateToken) => post<CreatedToken>("tokens/", body),
    onSuccess: () => refresh(client, [keys.tokens]),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => request<void>(`tokens/${id}/`, { method: "DELETE" }),
    onSuccess: () => refresh(client, [keys.tokens]),
  });
}

export const useDeleteMe = () =>
  useMutation({ mutationFn: (password: string) => post<void>("me/delete/", { password }) });
