import type { InvitationPreview, InvitationToken, RegisterInvited, SignInOptions } from "@magtrace/contracts";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { refresh } from "../../api/queryClient.ts";

const post = <T>(path: string, body: unknown) => request<T>(path, { method: "POST", body });

export const signInOptionsQuery = queryOptions({
  queryKey: keys.signInOptions,
  queryFn: ({ signal }) => request<SignInOptions>("sign-in-options/", { signal }),
});

/** Either one is signed in, or a second factor is asked for. */
export interface SignInAnswer {
  readonly twoFactorRedirect?: boolean;
}

export function useSignIn() {
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => post<SignInAnswer>("auth/sign-in/email", body),
  });
}

export interface SecondFactor {
  readonly kind: "code" | "recovery";
  readonly code: string;
}

export function useSecondFactor() {
  return useMutation({
    mutationFn: ({ kind, code }: SecondFactor) =>
      post(`auth/two-factor/${kind === "code" ? "verify-totp" : "verify-backup-code"}`, { code }),
  });
}

/** Answers with where the provider's own sign-in page is. */
export function useSingleSignOn() {
  return useMutation({
    mutationFn: (callbackURL: string) =>
      post<{ url: string }>("auth/sign-in/oauth2", {
        providerId: "sso",
        callbackURL,
        errorCallbackURL: "/app/sign-in?failed=true",
      }),
  });
}

export function useRegister() {
  return useMutation({
    mutationFn: (body: { name: string; email: string; password: string }) => post("auth/sign-up/email", body),
  });
}

export function useRequestReset() {
  return useMutation({
    mutationFn: (email: string) => post("auth/request-password-reset", { email }),
  });
}

export function useResetPassword() {
  return useMutation({
    mutationFn: (body: { token: string; newPassword: string }) => post("auth/reset-password", body),
  });
}

/** Asked once: the link is used up by it. */
export const verifyEmailQuery = (token: string) =>
  queryOptions({
    queryKey: ["verify-email", token],
    queryFn: () => request("auth/verify-email", { query: { token } }).then(() => true),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** The token travels in a body: addresses end up in logs. */
export const invitationPreviewQuery = (token: string) =>
  queryOptions({
    queryKey: [...keys.invitationPreview, token],
    queryFn: () => post<InvitationPreview>("invitations/look/", { token }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export function useRegisterInvited() {
  return useMutation({
    mutationFn: (body: RegisterInvited) => post<void>("invitations/register/", body),
  });
}

export function useAcceptInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: InvitationToken) => post<void>("invitations/accept/", body),
    onSuccess: () => refresh(client, [keys.me, keys.projects, keys.organizations]),
  });
}
