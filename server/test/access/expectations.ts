import { existsSync } from "node:fs";
import type { Asker } from "./askers.ts";
import type { Tenant } from "./tenants.ts";
import type { AskerName, Policy, Verdict } from "./verdicts.ts";

/** What a call carries. Path parameters that are left out follow from the path. */
export interface Sample {
  readonly params?: Readonly<Record<string, number | string>>;
  readonly query?: Readonly<Record<string, number | string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes?: string;
  readonly form?: { readonly fields: Readonly<Record<string, string>>; readonly file: string };
}

/** The call, made of the first tenant's rows. */
export type MakeSample = (tenant: Tenant, asker: Asker) => Sample;

export interface Expectation {
  readonly policy: Policy;
  readonly samples: readonly MakeSample[];
  /** What is answered to whom it is allowed, where that is no 2xx. */
  readonly success?: number;
  /** Who is told something else than the others of the policy, and why is said beside it. */
  readonly but?: Partial<Record<AskerName, Verdict>>;
  /** It is a row of the project owner's own account: for others, who may do it with their own, it does not exist. */
  readonly ownersAlone?: boolean;
  /** The organisation's name is told to whoever asks, who holds something secret of it. */
  readonly tells?: boolean;
}

interface Details extends Omit<Expectation, "policy" | "samples"> {
  /** Further calls of the same route that the same must hold for. */
  readonly also?: readonly MakeSample[];
}

function may(
  policy: Policy,
  sample: MakeSample = () => ({}),
  { also = [], ...rest }: Details = {},
): Expectation {
  return { policy, samples: [sample, ...also], ...rest };
}

/** Which of the tenant's rows `{id}` is, by what stands before it. */
const rowOfCollection = {
  projects: "project",
  datasets: "dataset",
  uploads: "upload",
  "label-categories": "category",
  "reading-profiles": "profile",
  annotations: "annotation",
  labels: "annotation",
  history: "change",
  "user-models": "model",
  "training-sessions": "session",
  predictions: "prediction",
  suggestions: "suggestion",
  tokens: "token",
  organizations: "organization",
  members: "user",
  users: "user",
  sessions: "browser",
  invitations: "invitation",
} as const satisfies Record<string, keyof Tenant["ids"]>;

const body =
  (make: (ids: Tenant["ids"]) => unknown): MakeSample =>
  ({ ids }) => ({ body: make(ids) });
const query =
  (make: (ids: Tenant["ids"]) => Sample["query"] & object): MakeSample =>
  ({ ids }) => ({ query: make(ids) });

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

const ownMembership: MakeSample = ({ ids }, { person }) => ({ params: { user: person?.id ?? ids.user } });
const rows = { start_index: 20, end_index: 29 };
const webIsBuilt = existsSync(new URL("../../../web/dist/index.html", import.meta.url));
/** Of everybody whom the tests' installation knows. */
const PASSWORD = "correct horse battery";
const CSV = "timestamp_pc,b_x,b_y,b_z\n0,1,2,3\n1,2,3,4\n";
const base64 = (value: number) => Buffer.from(String(value)).toString("base64");
const labelOf = ({ dataset, category }: Tenant["ids"]) => ({ dataset, category, ...rows });
const oldLabelOf = ({ dataset }: Tenant["ids"]) => ({ dataset, label_type: "normal", ...rows });
const trainingOf = ({ model, dataset, session }: Tenant["ids"]) => ({
  model_id: model,
  dataset_id: dataset,
  additional_dataset_ids: [dataset],
  continue_from_session: session,
});

/**
 * Every route there is, with what it lets whom do. A new route goes in here, with the policy (a column of
 * verdicts.ts) that it is meant to have; a call that needs a query or a body also says how to make one of the first
 * tenant's rows. Where the policy does not fit one asker, `but` says so. HEAD is as GET.
 */
const declared: Readonly<Record<string, Expectation | readonly Expectation[]>> = {
  "GET /": may("served", undefined, { success: 302 }),
  "GET /app": may("served", undefined, { success: webIsBuilt ? 302 : 404 }),
  "GET /app/*": may("served", () => ({ params: { "*": "projects" } }), { success: webIsBuilt ? 200 : 404 }),
  "GET /health/": may("open"),
  "GET /health/live/": may("open"),
  "GET /api/": may("open"),
  "GET /api/openapi.json": may("served"),
  "GET /api/docs": may("served"),
  "GET /api/docs/json": may("served"),
  "GET /api/docs/yaml": may("served"),
  "GET /api/docs/static/index.html": may("served", undefined, { success: 302 }),
  "GET /api/docs/static/swagger-initializer.js": may("served"),
  "GET /api/docs/static/*": may("served", () => ({ params: { "*": "swagger-ui.css" } })),

  // Whatever else the library behind sign-in could do is not there.
  "GET /api/auth/*": may("served", () => ({ params: { "*": "organization/list" } }), { success: 404 }),
  "POST /api/auth/*": may("served", () => ({ params: { "*": "admin/set-role" } }), { success: 404 }),
  "POST /api/auth/sign-in/email": may(
    "served",
    () => ({ body: { email: "installation-admin@example.com", password: PASSWORD } }),
    { but: { sessionElsewhere: 403 } },
  ),
  // No single sign-on is configured here.
  "POST /api/auth/sign-in/oauth2": may(
    "served",
    body(() => ({ providerId: "sso" })),
    { success: 404 },
  ),
  "GET /api/auth/callback/sso": may("served", () => ({ query: { code: "x", state: "x" } }), { success: 302 }),
  // Registration is not open here.
  "POST /api/auth/sign-up/email": may(
    "served",
    () => ({ body: { name: "Eve", email: "eve@example.org", password: PASSWORD } }),
    { success: 403 },
  ),

  "POST /api/auth/sign-out": may(
    "served",
    body(() => ({})),
    { but: { sessionElsewhere: 403 } },
  ),
  // This installation sends no mail.
  "POST /api/auth/request-password-reset": may(
    "served",
    body(() => ({ email: "nobody@example.org" })),
    { success: 400, but: { sessionElsewhere: 403 } },
  ),

  // Without a token there is nothing to succeed with; the accounts' own tests have one.
  "POST /api/auth/reset-password": may(
    "served",
    body(() => ({ token: "x", newPassword: `${PASSWORD} horse` })),
    { success: 410, but: { sessionElsewhere: 403 } },
  ),

  "POST /api/auth/send-verification-email": may(
    "served",
    body(() => ({ email: "nobody@example.org" })),
    { success: 400, but: { sessionElsewhere: 403 } },
  ),

  "GET /api/auth/verify-email": may("served", () => ({ query: { token: "x" } }), { success: 410 }),
  "POST /api/auth/change-password": may(
    "cookieW",
    body(() => ({ currentPassword: PASSWORD, newPassword: `${PASSWORD} horse` })),
  ),
  "POST /api/auth/two-factor/enable": may(
    "cookieW",
    body(() => ({ password: PASSWORD })),
  ),
  "POST /api/auth/two-factor/disable": may(
    "cookieW",
    body(() => ({ password: PASSWORD })),
  ),
  // Nobody here has a second factor yet.
  "POST /api/auth/two-factor/verify-totp": may(
    "cookieW",
    body(() => ({ code: "000000" })),
    { success: 400 },
  ),
  "POST /api/auth/two-factor/verify-backup-code": may(
    "cookieW",
    body(() => ({ code: "x" })),
    { success: 400 },
  ),
  "POST /api/auth/two-factor/generate-backup-codes": may(
    "cookieW",
    body(() => ({ password: PASSWORD })),
    {
      success: 400,
    },
  ),

  "GET /api/sign-in-options/": may("open"),
  "GET /api/setup/": may("open"),
  // Over once and for all: its success is shown where the first administrator is made.
  "POST /api/setup/": may(
    "open",
    () => ({
      body: {
        token: "x",
        name: "Eve",
        email: "eve@example.org",
        password: PASSWORD,
        organization: "Eve's",
      },
    }),
    { success: 403 },
  ),
  "GET /api/me/": may("own"),
  "GET /api/tokens/": may("own"),
  "POST /api/tokens/": may(
    "ownW",
    (_, { person }) => ({ body: { name: "t", scopes: [person ? "write" : "read"] } }),
    { but: { strayToken: 404, jwt: 403 } },
  ),
  // The token is for no project: to one that is, it does not exist.
  "DELETE /api/tokens/{id}/": may("ownW", undefined, {
    ownersAlone: true,
    but: { thisProjectToken: 404, otherProjectToken: 404 },
  }),
  "PATCH /api/me/": may(
    "ownW",
    body(() => ({ name: "New" })),
    { but: { thisProjectToken: 403, otherProjectToken: 403, chiefsProjectToken: 403, strayToken: 403 } },
  ),
  "GET /api/me/export/": may("secure", undefined, { but: { sessionElsewhere: "ok" } }),
  // Neither the last owner of an organisation nor the last administrator goes.
  "POST /api/me/delete/": may(
    "secure",
    body(() => ({ password: PASSWORD })),
    {
      but: { organizationOwner: 409, "foreign:organizationOwner": 409, installationAdmin: 409 },
    },
  ),
  "GET /api/sessions/": may("secure", undefined, { but: { sessionElsewhere: "ok" } }),
  "DELETE /api/sessions/{id}/": may("secure", undefined, { ownersAlone: true }),
  "POST /api/sessions/revoke_others/": may("secure"),
  // Makes what reads and changes nothing by itself; but a cookie that comes from elsewhere posts nothing.
  "POST /api/jwt/": may("own", undefined, { but: { sessionElsewhere: 403, jwt: 403 } }),
  "GET /.well-known/jwks.json": may("open"),

  "GET /api/users/": may("install"),
  "PATCH /api/users/{id}/": may(
    "install",
    body(() => ({ disabled: true })),
  ),
  "POST /api/users/{id}/sign_out/": may("install"),

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
  "GET /api/projects/{id}/members/": may("read"),
  "PUT /api/projects/{id}/members/{user}/": may(
    "members",
    body(() => ({ role: "viewer" })),
  ),
  "DELETE /api/projects/{id}/members/{user}/": [
    may("members"),
    // Whoever is named in it may leave, as who founded it is; an admin of the organisation need not be.
    may("members", ownMembership, {
      but: {
        viewer: "ok",
        collaborator: "ok",
        organizationAdmin: 409,
      },
    }),
  ],
  "POST /api/projects/{id}/transfer/": may(
    "members",
    body(({ user }) => ({ user })),
  ),

  "GET /api/projects/": may("own"),
  "POST /api/projects/": may(
    "found",
    body(({ organization }) => ({ name: "New", organization })),
  ),
  "GET /api/projects/{id}/": may("read"),
  "PUT /api/projects/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "PATCH /api/projects/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "DELETE /api/projects/{id}/": may("manage"),
  "POST /api/projects/{id}/restore/": may("manage"),
  "GET /api/projects/{id}/statistics/": may("read"),
  "GET /api/projects/{id}/export/": may("read"),
  "POST /api/projects/import_project/": may("found", ({ ids }) => ({
    form: { fields: { organization: String(ids.organization) }, file: "not looked at yet" },
  })),
  "GET /api/events/": may(
    "read",
    query(({ project }) => ({ project_id: project })),
  ),

  "GET /api/datasets/": may("own"),
  "POST /api/datasets/upload/": may("write", ({ ids }) => ({
    form: { fields: { project: String(ids.project), profile: String(ids.profile) }, file: CSV },
  })),
  "POST /api/datasets/inspect/": may("write", ({ ids }) => ({
    form: { fields: { project: String(ids.project), profile: String(ids.profile) }, file: CSV },
  })),
  "OPTIONS /api/datasets/uploads/": may("open"),
  "GET /api/datasets/uploads/": may("own"),
  "POST /api/datasets/uploads/": may("write", ({ ids }) => ({
    headers: {
      "tus-resumable": "1.0.0",
      "upload-length": "9",
      "upload-metadata": `project ${base64(ids.project)},profile ${base64(ids.profile)}`,
    },
  })),
  "GET /api/datasets/uploads/{id}/": may("read", undefined, { ownersAlone: true }),
  "PATCH /api/datasets/uploads/{id}/": may(
    "write",
    () => ({
      headers: {
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
      },
      bytes: "b_x,",
    }),
    { ownersAlone: true },
  ),
  "DELETE /api/datasets/uploads/{id}/": may("write", undefined, { ownersAlone: true }),
  "GET /api/datasets/{id}/": may("read"),
  "PUT /api/datasets/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "PATCH /api/datasets/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "DELETE /api/datasets/{id}/": may("write"),
  "POST /api/datasets/{id}/reread/": may(
    "write",
    body(() => ({ mapping: null })),
  ),
  // Its file has been read: who may do it is told so.
  "POST /api/datasets/{id}/retry/": may(
    "write",
    body(() => ({})),
    { success: 409 },
  ),
  "GET /api/datasets/{id}/rereads/": may("read"),
  "GET /api/datasets/{id}/statistics/": may("read"),
  "GET /api/datasets/{id}/quality/": may("read"),
  "GET /api/datasets/{id}/data/": may(
    "read",
    query(() => ({ max_points: 10 })),
  ),
  "GET /api/datasets/{id}/download/": may("read"),
  "GET /api/datasets/{id}/series/": may("read"),
  "GET /api/readings/": may(
    "read",
    query(({ dataset }) => ({ dataset_id: dataset, limit: 3 })),
  ),

  "GET /api/reading-profiles/": may("own"),
  "POST /api/reading-profiles/": may(
    "write",
    body(({ project }) => ({ project, name: "New", header: ["new"], mapping: {} })),
  ),
  "GET /api/reading-profiles/{id}/": may("read"),
  "PATCH /api/reading-profiles/{id}/": may(
    "write",
    body(() => ({ mapping: { unit: "nT" } })),
  ),
  "DELETE /api/reading-profiles/{id}/": may("write"),

  "GET /api/label-categories/": may("own"),
  "POST /api/label-categories/": may(
    "write",
    body(({ project, category }) => ({ project, name: "New", parent: category })),
  ),
  "GET /api/label-categories/{id}/": may("read"),
  "PUT /api/label-categories/{id}/": may(
    "write",
    body((ids) => ({ name: "New", parent: ids.otherCategory })),
  ),
  "PATCH /api/label-categories/{id}/": may(
    "write",
    body((ids) => ({ parent: ids.otherCategory })),
  ),
  "DELETE /api/label-categories/{id}/": may("write", ({ ids }) => ({ params: { id: ids.spareCategory } })),
  "POST /api/label-categories/{id}/move_labels/": may(
    "write",
    body((ids) => ({ to: ids.otherCategory })),
  ),

  "GET /api/annotations/": may("own"),
  "POST /api/annotations/": may("write", body(labelOf)),
  "POST /api/annotations/bulk_create/": may(
    "write",
    body((ids) => ({ annotations: [labelOf(ids)] })),
    { also: [body((ids) => [labelOf(ids)])] },
  ),
  "GET /api/annotations/export/": may(
    "read",
    query(({ dataset }) => ({ dataset_id: dataset })),
  ),
  "POST /api/annotations/import/": may(
    "write",
    body(({ dataset }) => ({ dataset, annotations: [{ category: "Normal", ...rows }] })),
  ),
  "GET /api/annotations/history/": may(
    "read",
    query(({ dataset }) => ({ dataset_id: dataset })),
  ),
  "POST /api/annotations/history/{id}/undo/": may("write"),
  "POST /api/annotations/undo/": may(
    "write",
    body(({ dataset }) => ({ dataset })),
  ),
  "POST /api/annotations/redo/": may(
    "write",
    body(({ dataset }) => ({ dataset })),
  ),
  "GET /api/annotations/{id}/": may("read"),
  "PUT /api/annotations/{id}/": may(
    "write",
    body(({ category }) => ({ category, ...rows })),
  ),
  "PATCH /api/annotations/{id}/": may(
    "write",
    body(({ category }) => ({ category })),
  ),
  "DELETE /api/annotations/{id}/": may("write"),
  "POST /api/annotations/{id}/restore/": may("write", ({ ids }) => ({
    params: { id: ids.deletedAnnotation },
  })),

  "GET /api/labels/": may("own"),
  "POST /api/labels/": may("write", body(oldLabelOf)),
  "POST /api/labels/bulk_create/": may(
    "write",
    body(({ dataset }) => ({ dataset, labels: [{ label_type: "normal", ...rows }] })),
    { also: [body((ids) => [oldLabelOf(ids)])] },
  ),
  "GET /api/labels/{id}/": may("read"),
  "PUT /api/labels/{id}/": may(
    "write",
    body(() => rows),
  ),
  "PATCH /api/labels/{id}/": may(
    "write",
    body(() => rows),
  ),
  "DELETE /api/labels/{id}/": may("write"),

  "GET /api/user-models/": may("own"),
  "POST /api/user-models/": may(
    "write",
    body(({ project }) => ({ project, name: "New" })),
  ),
  "GET /api/user-models/categories/": may("own"),
  "GET /api/user-models/tags/": may("own"),
  // Proposes and changes nothing, so that reading is enough; but a cookie that comes from elsewhere posts nothing.
  "POST /api/user-models/generate_intelligent_name/": may(
    "read",
    body(({ project }) => ({ project })),
    {
      also: [body(({ project }) => ({ project_id: project }))],
      but: { sessionElsewhere: 403 },
    },
  ),
  "GET /api/user-models/{id}/": may("read"),
  "PUT /api/user-models/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "PATCH /api/user-models/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "DELETE /api/user-models/{id}/": may("write"),
  "POST /api/user-models/{id}/rename/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "POST /api/user-models/{id}/clone/": may(
    "write",
    body(() => ({})),
  ),
  "POST /api/user-models/{id}/create_version/": may(
    "write",
    body(() => ({})),
  ),
  "GET /api/user-models/{id}/versions/": may("read"),
  "PATCH /api/user-models/{id}/update_metadata/": may(
    "write",
    body(() => ({ author: "New" })),
  ),

  "GET /api/training-sessions/": may("own"),
  "POST /api/training-sessions/": may(
    "train",
    body(({ model, dataset }) => ({ model, dataset, additional_dataset_ids: [dataset] })),
  ),
  "POST /api/training-sessions/start_training/": may("train", body(trainingOf)),
  "GET /api/training-sessions/active_sessions/": may("own"),
  "GET /api/training-sessions/{id}/": may("read"),
  "GET /api/training-sessions/{id}/status/": may("read"),
  "POST /api/training-sessions/{id}/stop_training/": may("train", ({ ids }) => ({
    params: { id: ids.waitingSession },
  })),
  "DELETE /api/training-sessions/{id}/": may("train"),
  "GET /api/training-sessions/{id}/model/": may("read"),

  "GET /api/predictions/": may("own"),
  "POST /api/predictions/": may(
    "train",
    body(({ dataset, session }) => ({ dataset, training_session: session })),
    { also: [body(({ dataset, model }) => ({ dataset, model }))] },
  ),
  "GET /api/predictions/{id}/": may("read"),
  "DELETE /api/predictions/{id}/": may("train"),
  "GET /api/predictions/{id}/intervals/": may("read"),
  "POST /api/predictions/{id}/review/": may(
    "write",
    body(({ otherCategory }) => ({
      status: "modified",
      modifications: [{ index: 0, action: "modify", category: otherCategory }],
    })),
  ),
  "GET /api/suggestions/": may("own"),
  "POST /api/suggestions/": may(
    "train",
    body(({ dataset, model }) => ({ dataset, model })),
  ),
  "POST /api/suggestions/{id}/accept/": may("write"),
  "POST /api/suggestions/{id}/reject/": may("write"),
};

/** By method and path: what is asked of it. */
export const expectations: ReadonlyMap<string, readonly Expectation[]> = new Map(
  Object.entries(declared).map(([name, asked]) => [name, [asked].flat()]),
);

/** Whose id a parameter of a path is, by the collection before it. */
export function rowOfParameter(path: string, parameter: string): keyof Tenant["ids"] | undefined {
  const collection = path.match(new RegExp(`([\\w-]+)/\\{${parameter}\\}`))?.[1];
  return rowOfCollection[collection as keyof typeof rowOfCollection];
}
