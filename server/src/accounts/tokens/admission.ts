import type { TokenScope } from "@magtrace/contracts";
import type pg from "pg";
import type { Admission } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import { preparedRow } from "../../platform/database/inAccounts.ts";

/** Of a credential that is good: who presents it, and the ticket they may show the database. */
export interface AdmittedToken extends Admission {
  readonly token_id: number;
  readonly scopes: TokenScope[];
  readonly project_id: number | null;
  readonly project_organization: number | null;
}

export interface AdmittedSession extends Admission {
  readonly session_id: number;
  /** Its end is due to be put off. */
  readonly is_old: boolean;
}

/** By its hash or, for what was made from it, by its id; with those of its scopes that are `claimed`, or all. */
export async function admitToken(
  pool: pg.Pool,
  {
    hash = null,
    id = null,
    claimed = null,
  }: { hash?: Buffer | null; id?: number | null; claimed?: readonly string[] | null },
): Promise<AdmittedToken | null> {
  const row = await preparedRow<AdmittedToken>(pool, {
    name: "admit_token",
    text: `SELECT a.token_id, a.scopes, a.project_id, (a.admission).* FROM access.admit_token($1, $2, $3) AS a`,
    values: [hash, id, claimed],
  });
  return row?.token_id && !row.disabled ? row : null;
}

/** By the token of its cookie or, for what was made from it, by its id. */
export async function admitSession(
  pool: pg.Pool,
  {
    token = null,
    id = null,
    claimed = null,
    renewBeforeSeconds = 0,
  }: {
    token?: string | null;
    id?: number | null;
    claimed?: readonly string[] | null;
    renewBeforeSeconds?: number;
  },
): Promise<AdmittedSession | null> {
  const row = await preparedRow<AdmittedSession>(pool, {
    name: "admit_session",
    text: `SELECT a.session_id, a.is_old, (a.admission).*
      FROM access.admit_session($1, $2, $3, make_interval(secs => $4)) AS a`,
    values: [token, id, claimed, renewBeforeSeconds],
  });
  return row?.session_id && !row.disabled ? row : null;
}

/** Anybody, as if they were signed in; null where there is no such user. */
export async function admitUser(
  pool: pg.Pool,
  userId: number,
  {
    scopes = ["read", "write", "train", "admin"],
    project = null,
  }: { scopes?: readonly string[]; project?: number | null } = {},
): Promise<(Admission & { project_role: string | null; project_organization: number | null }) | null> {
  const row = await preparedRow<
    Admission & { project_role: string | null; project_organization: number | null }
  >(pool, {
    name: "admit_user",
    text: "SELECT a.* FROM access.admit($1, $2, $3) AS a",
    values: [userId, scopes, project],
  });
  return row?.user_id ? row : null;
}

/** What a request that lasts goes on with. */
export function ticketOf(admitted: { readonly ticket: string | null } | null): string {
  if (admitted?.ticket) return admitted.ticket;
  throw new AppError("not_signed_in", "Your session or token has ended. Sign in again.");
}
