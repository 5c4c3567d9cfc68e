import type { TokenScope } from "@magtrace/contracts";
import type pg from "pg";
import type { Admission, RequestFacts } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import type { Statement } from "../../platform/database/batch.ts";
import { preparedRow, runTogether } from "../../platform/database/inAccounts.ts";
import type { ReadAhead } from "../../platform/database/transaction.ts";

/** A request whose sender is to be found out. */
export interface Asked {
  readonly request: RequestFacts;
  /** What to read in the same round trip, by the sender's rights. */
  readonly ahead: Statement | null;
}

export interface WithAhead {
  /** What was asked in the same round trip. */
  readonly ahead: ReadAhead | null;
}

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
    ahead = null,
  }: {
    hash?: Buffer | null;
    id?: number | null;
    claimed?: readonly string[] | null;
    ahead?: Statement | null;
  },
): Promise<(AdmittedToken & WithAhead) | null> {
  const row = await admittedRow<AdmittedToken>(pool, {
    name: "admit_token",
    columns: "a.token_id, a.scopes, a.project_id",
    from: "access.admit_token($1, $2, $3)",
    values: [hash, id, claimed],
    ahead,
  });
  return row?.token_id && !row.disabled ? row : null;
}

/**
 * What is read ahead goes by the ticket, which this very statement shows to its transaction: nobody else's would do, and
 * none is shown for a credential that is not good.
 */
async function admittedRow<Row>(
  pool: pg.Pool,
  {
    name,
    columns,
    from,
    values,
    ahead,
  }: { name: string; columns: string; from: string; values: unknown[]; ahead: Statement | null },
): Promise<(Row & WithAhead) | undefined> {
  const select = `SELECT ${columns}, (a.admission).*`;
  if (!ahead) {
    const row = await preparedRow<Row & object>(pool, { name, text: `${select} FROM ${from} AS a`, values });
    return row && Object.assign(row, { ahead });
  }
  const shows = "set_config('magtrace.ticket', coalesce((a.admission).ticket, ''), true) AS shown";
  const [admitted, read] = await runTogether(pool, [
    { name: `${name}_ahead`, text: `${select}, ${shows} FROM ${from} AS a`, values },
    ahead,
  ]);
  const row = admitted!.rows[0] as (Row & object) | undefined;
  return row && Object.assign(row, { ahead: { statement: ahead, rows: read!.rows } });
}

/** By the token of its cookie or, for what was made from it, by its id. */
export async function admitSession(
  pool: pg.Pool,
  {
    token = null,
    id = null,
    claimed = null,
    renewBeforeSeconds = 0,
    ahead = null,
  }: {
    token?: string | null;
    id?: number | null;
    claimed?: readonly string[] | null;
    renewBeforeSeconds?: number;
    ahead?: Statement | null;
  },
): Promise<(AdmittedSession & WithAhead) | null> {
  const row = await admittedRow<AdmittedSession>(pool, {
    name: "admit_session",
    columns: "a.session_id, a.is_old",
    from: "access.admit_session($1, $2, $3, make_interval(secs => $4))",
    values: [token, id, claimed, renewBeforeSeconds],
    ahead,
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
