/** The secret of an `otpauth:` address in groups of four, for typing it by hand; null where there is none. */
export function readSecret(totpUri: string): string | null {
  const secret = URL.parse(totpUri)?.searchParams.get("secret") ?? "";
  return secret === "" ? null : (secret.match(/.{1,4}/g) ?? []).join(" ");
}
