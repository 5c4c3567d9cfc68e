import type { Query } from "../../api/client.ts";

/** The filters of an audit page as they stand in its address, so that what one has found can be sent on. */
export interface AuditSearch {
  readonly project?: number | undefined;
  readonly user?: number | undefined;
  readonly kind?: "change" | "reading" | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly request?: string | undefined;
  /** In the reader's own time zone, as a `datetime-local` field has it. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** From 1. */
  readonly page?: number | undefined;
}

export const ENTRIES_A_PAGE = 50;
const LONGEST_WORD = 100;

const id = (value: unknown): number | undefined => {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

// An address that holds only digits has been read as a number.
const word = (value: unknown): string | undefined => {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).trim().slice(0, LONGEST_WORD);
  return text === "" ? undefined : text;
};

const moment = (value: unknown): string | undefined => {
  const text = word(value);
  return text !== undefined && !Number.isNaN(new Date(text).getTime()) ? text : undefined;
};

/** What of an address's query is a filter; the rest is left out. */
export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  return {
    project: id(search.project),
    user: id(search.user),
    kind: search.kind === "change" || search.kind === "reading" ? search.kind : undefined,
    action: word(search.action),
    subject: word(search.subject),
    request: word(search.request),
    since: moment(search.since),
    until: moment(search.until),
    page: id(search.page),
  };
}

/** The API's parameters for the filters, without those of the page. */
export function auditParameters(organizationId: number, search: AuditSearch): Query {
  return {
    organization_id: organizationId,
    project_id: search.project,
    user_id: search.user,
    kind: search.kind,
    action: search.action,
    subject: search.subject,
    request_id: search.request,
    since: search.since && new Date(search.since).toISOString(),
    until: search.until && new Date(search.until).toISOString(),
  };
}
