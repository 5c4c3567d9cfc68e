/** Where to go after signing in: only places inside this app, so that a link cannot send anyone elsewhere. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith("/") || /^\/[/\\]/.test(next)) return "/app/projects";
  const path = next.startsWith("/app/") ? next : `/app${next}`;
  return path.startsWith("/app/sign-in") ? "/app/projects" : path;
}
