import { useRouteContext } from "@tanstack/react-router";

/** Pages that links in e-mails lead to, with a secret in the query. */
const LINKED_PAGES = ["/setup", "/reset-password", "/verify-email", "/invitation"] as const;
export type LinkedPage = (typeof LINKED_PAGES)[number];

export interface LinkToken {
  readonly page: LinkedPage;
  readonly token: string;
}

/** What a link held, and the address without its secret; null where there is none. */
export function splitLink(href: string): { link: LinkToken; rest: string } | null {
  const url = new URL(href);
  const page = LINKED_PAGES.find((path) => url.pathname.replace(/\/$/, "") === `/app${path}`);
  const token = url.searchParams.get("token");
  if (page === undefined || token === null || token === "") return null;
  url.searchParams.delete("token");
  return { link: { page, token }, rest: `${url.pathname}${url.search}` };
}

/**
 * Takes the secret out of the address bar before anything else is asked for: so it stays out of the history, of
 * referrers, of bookmarks and of what is seen over a shoulder. It lives in memory only: after a reload the link has
 * to be opened again.
 */
export function takeLinkToken(browser: Pick<Window, "location" | "history">): LinkToken | null {
  const found = splitLink(browser.location.href);
  if (found === null) return null;
  browser.history.replaceState(null, "", found.rest);
  return found.link;
}

/** The secret of the link with which this page was opened, or null. */
export function useLinkToken(page: LinkedPage): string | null {
  const { linkToken } = useRouteContext({ from: "__root__" });
  return linkToken?.page === page ? linkToken.token : null;
}
