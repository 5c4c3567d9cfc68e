import type { InstallationRole, OrganizationRole, TokenScope } from "@magtrace/contracts";
import { type Author, noAuthor, type Reading } from "../platform/author.ts";
import type { JobOwner, JobTickets } from "../platform/database/jobTickets.ts";
import type { DatabaseAccess, ReadAhead } from "../platform/database/transaction.ts";

/** What lasts until somebody ends it. */
export type LastingCredential =
  | { readonly kind: "session"; readonly sessionId: number }
  | { readonly kind: "token"; readonly tokenId: number };

export type Credential =
  | LastingCredential
  | { readonly kind: "jwt"; readonly of: LastingCredential }
  | { readonly kind: "job"; readonly jobId: string }
  /** Of the command line, in whose hands the whole installation is. */
  | { readonly kind: "command"; readonly command: string };

export interface OrganizationAccess {
  readonly id: number;
  readonly name: string;
  readonly role: OrganizationRole;
  readonly require_two_factor: boolean;
}

/** What the database answers of a credential that is good: migrations/0017_access.sql, access.admission. */
export interface Admission {
  readonly user_id: number;
  readonly name: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly two_factor: boolean;
  readonly role: InstallationRole;
  readonly disabled: boolean;
  /** Withheld ones too. */
  readonly organizations: readonly OrganizationAccess[];
  /** Null for a disabled user. */
  readonly ticket: string | null;
}

/** Who a user is, and in which organisations. What they are in a project, its rows say. */
export interface Access {
  readonly user: {
    readonly id: number;
    readonly name: string;
    readonly email: string;
    readonly email_verified: boolean;
    readonly two_factor: boolean;
    readonly role: InstallationRole;
  };
  readonly organizations: readonly OrganizationAccess[];
}

/** Who is asking, with everything that decides what they may do. Made anew for each request. */
export interface Actor {
  /** Without what is withheld. */
  readonly access: Access;
  /** Organisations of theirs that ask for a second factor they do not have. Closed to them until they do. */
  readonly withheld: readonly OrganizationAccess[];
  readonly userId: number;
  readonly credential: Credential;
  readonly scopes: ReadonlySet<TokenScope>;
  /** The only project a token is for, or null. */
  readonly onlyProject: number | null;
  readonly database: DatabaseAccess;
}

const ALL_SCOPES: readonly TokenScope[] = ["read", "write", "train", "admin"];

/** Where a request comes from and what it asks for, for the audit. */
export interface RequestFacts {
  readonly ip: string;
  readonly requestId: string;
  readonly route: string;
  readonly reading: Reading | null;
}

export interface ActorLimits {
  readonly credential: Credential;
  readonly request?: RequestFacts;
  readonly scopes?: readonly TokenScope[];
  readonly onlyProject?: number | null;
  /** Where that project is. */
  readonly onlyProjectsOrganization?: number | null;
  readonly ahead?: ReadAhead | null;
  /** Presents the credential once more, for a request that lasts; without it the ticket ends when it ends. */
  readonly renewTicket?: () => Promise<string>;
}

export function createActor(admission: Admission, limits: ActorLimits): Actor {
  const { user_id: id, name, email, email_verified, two_factor, role } = admission;
  const isWithheld = ({ require_two_factor }: OrganizationAccess) => require_two_factor && !two_factor;
  const organizations = admission.organizations.filter((organization) => !isWithheld(organization));
  const withheld = admission.organizations.filter(isWithheld);
  const onlyProject = limits.onlyProject ?? null;
  return {
    access: { user: { id, name, email, email_verified, two_factor, role }, organizations },
    // A token for one project is shown no organisation but that one's.
    withheld:
      onlyProject === null
        ? withheld
        : withheld.filter((each) => each.id === (limits.onlyProjectsOrganization ?? null)),
    userId: id,
    credential: limits.credential,
    scopes: new Set(limits.scopes ?? ALL_SCOPES),
    onlyProject,
    database: {
      author: authorOf(id, limits),
      organizations: organizations.map((each) => each.id),
      ticket: admission.ticket === null ? null : lastingTicket(admission.ticket, limits.renewTicket),
      ahead: limits.ahead ?? null,
    },
  };
}

/** Well within the five minutes that the database gives a ticket. */
const FRESH_MS = 60_000;

function lastingTicket(
  first: string,
  renew: (() => Promise<string>) | undefined,
): () => string | Promise<string> {
  let ticket = first;
  let since = performance.now();
  return () => {
    if (!renew || performance.now() - since < FRESH_MS) return ticket;
    return renew().then((next) => {
      since = performance.now();
      ticket = next;
      return next;
    });
  };
}

function authorOf(userId: number, { credential, request }: ActorLimits): Author {
  return { ...noAuthor, ...request, userId, credential: credentialText(credential) };
}

function credentialText(credential: Credential): string {
  if (credential.kind === "session") return `session ${credential.sessionId}`;
  if (credential.kind === "token") return `token ${credential.tokenId}`;
  if (credential.kind === "command") return `command ${credential.command}`;
  if (credential.kind === "jwt") return `jwt of ${credentialText(credential.of)}`;
  return `job ${credential.jobId}`;
}

interface Job extends JobOwner {
  readonly jobId?: string;
  readonly requestId?: string | null;
}

/**
 * A background job has the rights its user had when they asked for it, in that one project alone. A user who has left
 * meanwhile has no say in work that was already accepted, so nothing is looked up again.
 */
export function jobAccess({ tickets }: { readonly tickets: JobTickets }, job: Job): DatabaseAccess {
  const { jobId = null, requestId = null } = job;
  return {
    author: { ...noAuthor, userId: job.userId, credential: jobId && `job ${jobId}`, requestId },
    organizations: [job.organizationId],
    ticket: () => tickets(job),
  };
}
