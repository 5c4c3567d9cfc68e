import type { InstallationRole, OrganizationRole, ProjectRole, TokenScope } from "@magtrace/contracts";
import { type Author, noAuthor, type Reading } from "../platform/author.ts";
import type { Reach } from "../platform/database/transaction.ts";

/** What lasts until somebody ends it. */
export type LastingCredential =
  | { readonly kind: "session"; readonly sessionId: number }
  | { readonly kind: "token"; readonly tokenId: number };

export type Credential =
  | LastingCredential
  | { readonly kind: "jwt"; readonly of: LastingCredential }
  | { readonly kind: "job"; readonly jobId: string };

export interface OrganizationAccess {
  readonly id: number;
  readonly name: string;
  readonly role: OrganizationRole;
  readonly require_two_factor: boolean;
}

/** What `accounts.access_of` answers. */
export interface Access {
  readonly user: {
    readonly id: number;
    readonly name: string;
    readonly email: string;
    readonly email_verified: boolean;
    readonly two_factor: boolean;
    readonly role: InstallationRole;
    readonly disabled: boolean;
  };
  readonly organizations: readonly OrganizationAccess[];
  readonly projects: readonly {
    readonly id: number;
    readonly organization: number;
    readonly role: ProjectRole;
  }[];
}

/** Who is asking, with everything that decides what they may do. Made anew for each request. */
export interface Actor {
  /** Without what is withheld. */
  readonly access: Access;
  /** Organisations of theirs that ask for a second factor they do not have. Out of reach until they do. */
  readonly withheld: readonly OrganizationAccess[];
  readonly userId: number;
  readonly credential: Credential;
  readonly scopes: ReadonlySet<TokenScope>;
  /** The only project a token is for, or null. */
  readonly onlyProject: number | null;
  readonly reach: Reach;
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
}

export function createActor(whole: Access, limits: ActorLimits): Actor {
  const { access, withheld } = withholdUnprotected(whole);
  const scopes = new Set(limits.scopes ?? ALL_SCOPES);
  const onlyProject = limits.onlyProject ?? null;
  return {
    access,
    // A token for one project hears of no organisation but that one's.
    withheld:
      onlyProject === null
        ? withheld
        : withheld.filter(({ id }) => id === (limits.onlyProjectsOrganization ?? null)),
    userId: access.user.id,
    credential: limits.credential,
    scopes,
    onlyProject,
    reach: { ...reachOf(access, { ...limits, scopes }), author: authorOf(access.user.id, limits) },
  };
}

/** Taken out of the access itself, so that every check and row-level security hold to it, with any credential. */
function withholdUnprotected(access: Access): Pick<Actor, "access" | "withheld"> {
  const isWithheld = ({ require_two_factor }: OrganizationAccess) =>
    require_two_factor && !access.user.two_factor;
  const withheld = access.organizations.filter(isWithheld);
  if (withheld.length === 0) return { access, withheld };
  const organizations = access.organizations.filter((organization) => !isWithheld(organization));
  const open = new Set(organizations.map(({ id }) => id));
  const projects = access.projects.filter(({ organization }) => open.has(organization));
  return { access: { ...access, organizations, projects }, withheld };
}

function authorOf(userId: number, { credential, request }: ActorLimits): Author {
  return { ...noAuthor, ...request, userId, credential: credentialText(credential) };
}

function credentialText(credential: Credential): string {
  if (credential.kind === "session") return `session ${credential.sessionId}`;
  if (credential.kind === "token") return `token ${credential.tokenId}`;
  if (credential.kind === "jwt") return `jwt of ${credentialText(credential.of)}`;
  return `job ${credential.jobId}`;
}

interface JobOwner {
  readonly userId: number;
  readonly projectId: number;
  readonly organizationId: number;
  readonly jobId?: string;
  readonly requestId?: string | null;
}

/**
 * The actor of a background job: the rights its user had when they asked for it, and on that one project alone. A
 * user who has left meanwhile has no say in work that was already accepted, so nothing is looked up again.
 */
export function reachOfJob(job: JobOwner): Reach {
  const { jobId = null, requestId = null } = job;
  return {
    userId: job.userId,
    author: { ...noAuthor, userId: job.userId, credential: jobId && `job ${jobId}`, requestId },
    organizations: [job.organizationId],
    ownedOrganizations: [],
    writableOrganizations: [],
    foundingOrganizations: [],
    readableProjects: [job.projectId],
    writableProjects: [job.projectId],
    ownedProjects: [],
  };
}

function reachOf(
  access: Access,
  {
    scopes,
    onlyProject = null,
    onlyProjectsOrganization = null,
  }: Pick<ActorLimits, "onlyProject" | "onlyProjectsOrganization"> & { scopes: ReadonlySet<TokenScope> },
): Omit<Reach, "author"> {
  // Which of these changes what is for the policy; a token that only reads changes nothing.
  const changes = (["write", "train", "admin"] as const).some((scope) => scopes.has(scope));
  const writes = access.user.role !== "read_only" && changes;
  const owned = access.organizations
    .filter((organization) => organization.role !== "member")
    .map(({ id }) => id);
  const organizations = access.organizations.map(({ id }) => id);
  const projects = access.projects.filter((project) => onlyProject === null || project.id === onlyProject);
  const writable = projects.filter((project) => project.role !== "viewer");
  const ownedProjects = projects.filter((project) => project.role === "owner");
  const wide = onlyProject === null;
  // A token for one project of an organisation its user owns: that user need not be a member of the project itself.
  const isOwned = onlyProjectsOrganization !== null && owned.includes(onlyProjectsOrganization);
  const ownedOnly = !wide && isOwned ? [onlyProject] : [];
  return {
    userId: access.user.id,
    organizations,
    ownedOrganizations: wide ? owned : [],
    writableOrganizations: wide && writes ? owned : [],
    foundingOrganizations: wide && writes ? organizations : [],
    readableProjects: [...projects.map(({ id }) => id), ...ownedOnly],
    writableProjects: writes ? [...writable.map(({ id }) => id), ...ownedOnly] : [],
    ownedProjects: writes ? [...ownedProjects.map(({ id }) => id), ...ownedOnly] : [],
  };
}
