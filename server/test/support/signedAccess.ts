import type { ProjectRole } from "@magtrace/contracts";
import type pg from "pg";
import { type DatabaseAccess, noAccess } from "../../src/platform/database/transaction.ts";

/** What a ticket says, as migrations/0017_access.sql has it; whatever is left out is nothing. */
export interface TestIdentity {
  readonly userId?: number;
  readonly writes?: boolean;
  readonly organizations?: readonly number[];
  readonly owned?: readonly number[];
  /** The only project, and what they are in it. */
  readonly project?: readonly [number, ProjectRole];
  readonly administers?: boolean;
  readonly goodForSeconds?: number;
}

/** A ticket as only the database's owner can have one signed: for whatever it is asked for. */
export async function signedTicket(
  owner: Pick<pg.ClientBase, "query">,
  {
    userId,
    writes = true,
    organizations = [],
    owned = [],
    project,
    administers,
    goodForSeconds = 600,
  }: TestIdentity,
): Promise<string> {
  const { rows } = await owner.query(
    `SELECT access.sign(ROW($1::integer, extract(epoch FROM now())::bigint + $2, $3, $4, $5, $6, $7, $8)::access.identity) AS ticket`,
    [
      userId ?? null,
      goodForSeconds,
      writes,
      organizations,
      owned,
      project?.[0] ?? null,
      project?.[1] ?? null,
      administers ?? false,
    ],
  );
  return rows[0].ticket;
}

export async function signedAccess(
  owner: Pick<pg.ClientBase, "query">,
  identity: TestIdentity,
): Promise<DatabaseAccess> {
  const ticket = await signedTicket(owner, identity);
  return {
    author: { ...noAccess.author, userId: identity.userId ?? null },
    organizations: identity.organizations ?? [],
    ticket: () => ticket,
  };
}
