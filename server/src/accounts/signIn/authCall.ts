import type { FastifyReply, FastifyRequest } from "fastify";

export type Body = Readonly<Record<string, unknown>>;

/** Whose session a request is sent with. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly sessionId: number;
}

/** A request on its way to better-auth. */
export interface AuthCall {
  readonly path: string;
  /** What was sent of what is declared. */
  readonly body: Body;
  readonly query: Body;
  readonly headers: Headers;
  readonly user: SignedIn | null;
  /** Of the account that a mailed link is for, once the link has been found good. */
  linkedEmail: string | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface AuthOutcome {
  readonly ok: boolean;
  /** What better-auth answered. */
  readonly said: Body;
}
