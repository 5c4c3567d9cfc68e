export const policies = [
  "open",
  "own",
  "ownW",
  "read",
  "write",
  "train",
  "manage",
  "found",
  "install",
  "cookie",
  "cookieW",
  "org",
  "orgAdmin",
  "orgOwner",
  "members",
  "audit",
  "secure",
] as const;
/** `served` is for what never asks who one is. */
export type Policy = (typeof policies)[number] | "served";

/** `ok`: any 2xx, or what the route calls its success. Everything else is the status of a refusal. */
export type Verdict = "ok" | number;

/**
 * What each kind of asker is told by each kind of route. Rows: who asks for something of the first tenant's project.
 * Columns:
 *
 * - open: anybody may; a credential that is no good is refused all the same.
 * - own, ownW: one's own account and lists of whatever one may see; reading and changing.
 * - read, write, train, manage: one thing of the project, by the scope and the role it needs.
 * - found: making a project in the tenant's organisation.
 * - install: administration of the installation.
 * - cookie, cookieW: what is of browser sessions alone, reading and changing.
 * - org, orgAdmin, orgOwner: the tenant's organisation, by the role it needs; all but the first by the scope admin.
 * - audit: the audit of the tenant's organisation.
 * - secure: what one's own account hangs on, by the scope admin.
 * - members: who is in the project, by the scope admin and the role owner.
 */
// biome-ignore format: a table is read by its columns.
const TABLE = {
  nobody:                      ["ok",  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  unknownToken:                [ 401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  revokedToken:                [ 401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  expiredToken:                [ 401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  expiredSession:              ["ok",  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  disabledToken:               [ 401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  disabledSession:             ["ok",  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401,  401],
  session:                     ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok",  403, "ok", "ok", "ok",  403,  403, "ok",  403, "ok"],
  jwt:                         ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok",  403,  401,  401, "ok",  403,  403, "ok",  403, "ok"],
  sessionElsewhere:            ["ok", "ok",  403, "ok",  403,  403,  403,  403,  403, "ok",  403, "ok",  403,  403,  403,  403,  403],
  readToken:                   ["ok", "ok",  403, "ok",  403,  403,  403,  403,  403,  401,  401, "ok",  403,  403,  403,  403,  403],
  writeToken:                  ["ok",  403, "ok",  403, "ok",  403, "ok", "ok",  403,  401,  401,  403,  403,  403,  403,  403,  403],
  trainToken:                  ["ok",  403,  403,  403,  403, "ok",  403,  403,  403,  401,  401,  403,  403,  403,  403,  403,  403],
  otherProjectToken:           ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  403,  403],
  thisProjectToken:            ["ok", "ok", "ok", "ok", "ok", "ok", "ok",  404,  403,  401,  401,  404,  404,  404, "ok",  403,  403],
  chiefsProjectToken:          ["ok", "ok", "ok", "ok", "ok", "ok", "ok",  404,  403,  401,  401,  404,  404,  404, "ok",  403,  403],
  readOnly:                    ["ok", "ok",  403, "ok",  403,  403,  403,  403,  403,  401,  401, "ok",  403,  403,  403,  403, "ok"],
  viewer:                      ["ok", "ok", "ok", "ok",  403,  403,  403, "ok",  403,  401,  401, "ok",  403,  403,  403,  403, "ok"],
  collaborator:                ["ok", "ok", "ok", "ok", "ok", "ok",  403, "ok",  403,  401,  401, "ok",  403,  403,  403,  403, "ok"],
  owner:                       ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok",  403,  401,  401, "ok",  403,  403, "ok",  403, "ok"],
  member:                      ["ok", "ok", "ok",  404,  404,  404,  404, "ok",  403,  401,  401, "ok",  403,  403,  404,  403, "ok"],
  organizationAdmin:           ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok",  403,  401,  401, "ok", "ok",  403, "ok", "ok", "ok"],
  organizationOwner:           ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok",  403,  401,  401, "ok", "ok", "ok", "ok", "ok", "ok"],
  formerMember:                ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  "foreign:readOnly":          ["ok", "ok",  403,  404,  403,  403,  403,  403,  403,  401,  401,  404,  403,  403,  403,  404, "ok"],
  "foreign:viewer":            ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  "foreign:collaborator":      ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  "foreign:owner":             ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  "foreign:member":            ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  "foreign:organizationAdmin": ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  "foreign:organizationOwner": ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404, "ok"],
  strayToken:                  ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  404,  404,  404,  404,  403],
  installationAdmin:           ["ok", "ok", "ok",  404,  404,  404,  404,  404, "ok",  401,  401,  404,  404,  404,  404,  404, "ok"],
  adminsNarrowToken:           ["ok", "ok", "ok",  404,  404,  404,  404,  404,  403,  401,  401,  404,  403,  403,  403,  404,  403],
} as const satisfies Record<string, readonly Verdict[]>;

export type AskerName = keyof typeof TABLE;
export const askerNames = Object.keys(TABLE) as AskerName[];

export function verdict(policy: Policy, asker: AskerName): Verdict {
  return policy === "served" ? "ok" : TABLE[asker][policies.indexOf(policy)]!;
}
