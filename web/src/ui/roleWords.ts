/** "a member", "an owner": a role as it stands in a sentence. `read_only` is a quality and has no article. */
export function roleWords(role: string): string {
  if (role === "read_only") return "read-only";
  return `${/^[aeio]/.test(role) ? "an" : "a"} ${role}`;
}
