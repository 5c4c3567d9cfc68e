import {
  body,
  type Declared,
  type Expectation,
  type MakeSample,
  may,
  ownMembership,
  PASSWORD,
  query,
} from "../expectation.ts";

/** The audit of an organisation, of the installation and, where it can be had, of a project. */
function auditExpectations({ ofProjects }: { ofProjects: boolean }): Expectation[] {
  const of = (organization_id: number): MakeSample => query(() => ({ organization_id }));
  return [
    may("audit", ({ ids }) => ({ query: { organization_id: ids.organization } })),
    may("install", of(0), { but: { adminsNarrowToken: "ok" } }),
    ...(ofProjects
      ? [
          may(
            "read",
            query(({ project }) => ({ project_id: project })),
            { but: { viewer: 403, collaborator: 403 } },
          ),
        ]
      : []),
  ];
}

/** The audit, organisations with their members, retention and invitations. */
export const organizations: Declared = {
  "GET /api/audit/": auditExpectations({ ofProjects: true }),
  "GET /api/audit/export/": auditExpectations({ ofProjects: true }),
  "GET /api/audit/verify/": auditExpectations({ ofProjects: false }),

  "GET /api/organizations/": [may("own"), may("install", () => ({ query: { all: "true" } }))],
  "POST /api/organizations/": may(
    "install",
    body(() => ({ name: "New" })),
  ),
  "GET /api/organizations/{id}/": may("org"),
  "PATCH /api/organizations/{id}/": may(
    "orgAdmin",
    body(() => ({ name: "New" })),
  ),
  "PUT /api/organizations/{id}/storage/": may(
    "install",
    body(() => ({ limit_bytes: 1_000_000_000 })),
  ),
  "GET /api/organizations/{id}/members/": may("org"),
  // Administrators of the installation help out organisations that have shut themselves out.
  "PUT /api/organizations/{id}/members/{user}/": may(
    "orgAdmin",
    body(() => ({ role: "member" })),
    { but: { installationAdmin: "ok" } },
  ),
  "DELETE /api/organizations/{id}/members/{user}/": [
    may("orgAdmin"),
    // Everybody may leave but the last owner.
    may("orgAdmin", ownMembership, {
      but: {
        session: "ok",
        jwt: "ok",
        viewer: "ok",
        collaborator: "ok",
        owner: "ok",
        member: "ok",
        organizationOwner: 409,
      },
    }),
  ],
  "POST /api/organizations/{id}/transfer/": may(
    "orgOwner",
    body(({ user }) => ({ user })),
  ),
  "GET /api/organizations/{id}/retention/": may("orgAdmin"),
  "PUT /api/organizations/{id}/retention/": may(
    "orgAdmin",
    body(() => ({ policies: [{ kind: "originals", keep_days: 400, recoverable_days: 30 }] })),
  ),
  "GET /api/organizations/{id}/retention/preview/": may("orgAdmin", () => ({
    query: { kind: "predictions", keep_days: 1 },
  })),
  "POST /api/organizations/{id}/retention/restore/": may(
    "orgAdmin",
    body(() => ({ kind: "originals" })),
  ),
  "POST /api/organizations/{id}/retention/holds/": may(
    "orgAdmin",
    body(({ project }) => ({ project, reason: "a dispute" })),
  ),
  "POST /api/organizations/{id}/retention/lift/": may(
    "orgAdmin",
    body(({ project }) => ({ project })),
  ),
  "GET /api/organizations/{id}/invitations/": may("orgAdmin", undefined),
  "POST /api/organizations/{id}/invitations/": may(
    "orgAdmin",
    body(() => ({ email: "somebody@example.org", role: "member" })),
  ),
  "DELETE /api/organizations/{id}/invitations/{invitation}/": may("orgAdmin"),
  "POST /api/invitations/look/": may(
    "open",
    ({ invitationToken }) => ({ body: { token: invitationToken } }),
    {
      tells: true,
    },
  ),
  // Good for the account of the invited address alone.
  "POST /api/invitations/accept/": may(
    "ownW",
    ({ invitationToken }, { invitation }) => ({ body: { token: invitation ?? invitationToken } }),
    { success: 403, but: { formerMember: 200 }, tells: true },
  ),
  "POST /api/invitations/register/": may(
    "open",
    ({ invitationToken }) => ({ body: { token: invitationToken, name: "New", password: PASSWORD } }),
    { tells: true },
  ),
};
