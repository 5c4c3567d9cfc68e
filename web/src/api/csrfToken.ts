import type { Me } from "@magtrace/contracts";

let token: string | null | undefined;

/** Every answer that tells who is signed in tells this session's token, too. */
export function rememberToken(path: string, body: unknown): void {
  if (path !== "me/" || typeof body !== "object" || body === null) return;
  const { csrf_token } = body as Partial<Me>;
  if (csrf_token !== undefined) token = csrf_token;
}

/** After signing in or out the token is another one. */
export function forgetToken(): void {
  token = undefined;
}

/** What a change made with the session's cookie must carry; nothing for who is not signed in. */
export async function forgeryHeader(): Promise<Record<string, string>> {
  if (token === undefined) {
    const response = await fetch("/api/me/", { credentials: "same-origin" }).catch(() => undefined);
    if (response?.ok) rememberToken("me/", await response.json());
    else {
      await response?.body?.cancel();
      if (response?.status === 401) return {};
    }
  }
  return typeof token === "string" ? { "x-csrf-token": token } : {};
}
