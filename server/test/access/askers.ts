import type pg from "pg";
import { ok } from "../support/learningStage.ts";
import type { TestInstallation } from "../support/testInstallation.ts";
import { type Person, roles, settlePerson, signIn, type Tenant, tokenIn } from "./tenants.ts";
import type { AskerName } from "./verdicts.ts";

/** Somebody, or something that pretends to be somebody. */
export interface Asker {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with every call that changes something, as browsers and our own pages do. */
  readonly writeHeaders?: Readonly<Record<string, string>>;
  /** How much of the first tenant an answer to them may ever name. */
  readonly sees: "project" | "organization" | "nothing";
  /** Whose credential it is. */
  readonly person?: Person;
  /** The token of an invitation of theirs. */
  readonly invitation?: string;
  /** Brings back what a call uses up. */
  readonly prepare?: () => Promise<unknown>;
}

export interface Stage {
  readonly installation: TestInstallation;
  /** Connected as the database's owner. */
  readonly owner: pg.Client;
  readonly tenant: Tenant;
  readonly foreign: Tenant;
}

export async function gatherAskers(stage: Stage): Promise<Record<AskerName, Asker>> {
  const { tenant, foreign } = stage;
  const byRole = Object.fromEntries([
    ...roles.map((role) => [
      role,
      bearer(tenant.people[role], role === "member" ? "organization" : "project"),
    ]),
    ...roles.map((role) => [`foreign:${role}`, bearer(foreign.people[role], "nothing")]),
  ]) as Record<AskerName, Asker>;
  return {
    ...byRole,
    ...(await brokenCredentials(stage)),
    ...(await narrowTokens(stage)),
    ...(await otherPeople(stage)),
    ...(await sessions(stage)),
  } as Record<AskerName, Asker>;
}

function bearer(person: Person, sees: Asker["sees"]): Asker {
  return { headers: { authorization: `Bearer ${person.caller.token}` }, sees, person };
}

async function tokenOf(person: Person, request: object): Promise<{ id: number; token: string }> {
  return ok(person.caller, "POST", "/api/tokens/", { name: "for a test", ...request });
}

const EVERYTHING = ["read", "write", "train", "admin"];

async function brokenCredentials({ owner, installation, tenant }: Stage) {
  const { owner: person } = tenant.people;
  const revoked = await tokenOf(person, { scopes: EVERYTHING });
  await person.caller.call("DELETE", `/api/tokens/${revoked.id}/`);
  const expired = await tokenOf(person, { scopes: EVERYTHING });
  await owner.query("UPDATE accounts.api_tokens SET expires_at = now() - interval '1 second' WHERE id = $1", [
    expired.id,
  ]);
  const disabled = await settlePerson(installation, owner, {
    name: `disabled-${tenant.organizationWord}`,
    organization: `${tenant.organizationWord} & Co`,
    organizationRole: "owner",
  });
  const cookie = await signIn(installation, disabled);
  await owner.query("UPDATE accounts.users SET banned = true WHERE id = $1", [disabled.id]);
  const token = (text: string): Asker => ({ headers: { authorization: `Bearer ${text}` }, sees: "nothing" });
  return {
    nobody: { headers: {}, sees: "nothing" },
    unknownToken: token(`mgt_${"A".repeat(43)}`),
    revokedToken: token(revoked.token),
    expiredToken: token(expired.token),
    disabledToken: token(disabled.caller.token!),
    disabledSession: { headers: { cookie }, sees: "nothing" },
  } as const satisfies Partial<Record<AskerName, Asker>>;
}

/** Tokens of people who may do everything in the project. */
async function narrowTokens({ owner, tenant, foreign }: Stage): Promise<Partial<Record<AskerName, Asker>>> {
  const { owner: person, organizationOwner } = tenant.people;
  const { project, otherProject } = tenant.ids;
  const of = async (holder: Person, request: object, sees: Asker["sees"]): Promise<Asker> => ({
    headers: { authorization: `Bearer ${(await tokenOf(holder, request)).token}` },
    sees,
    person: holder,
  });
  const wide = { scopes: EVERYTHING };
  const stray = await tokenOf(foreign.people.organizationOwner, wide);
  await owner.query("UPDATE accounts.api_tokens SET project_id = $1 WHERE id = $2", [project, stray.id]);
  return {
    readToken: await of(person, { scopes: ["read"] }, "project"),
    writeToken: await of(person, { scopes: ["write"] }, "project"),
    trainToken: await of(person, { scopes: ["train"] }, "project"),
    otherProjectToken: await of(person, { ...wide, project: otherProject }, "organization"),
    thisProjectToken: await of(person, { ...wide, project }, "project"),
    // Of an owner of another organisation. None can be made, so that it is put there.
    strayToken: {
      headers: { authorization: `Bearer ${stray.token}` },
      sees: "nothing",
      person: foreign.people.organizationOwner,
    },
    chiefsProjectToken: await of(organizationOwner, { ...wide, project }, "project"),
  };
}

async function otherPeople({ installation, owner, tenant }: Stage) {
  const admin = await settlePerson(installation, owner, {
    name: "installation-admin",
    organization: "The office",
    role: "admin",
  });
  const former = await settlePerson(installation, owner, {
    name: "former-member",
    organization: `${tenant.organizationWord} & Co`,
    organizationRole: "admin",
  });
  await owner.query(
    "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, 'owner')",
    [tenant.ids.project, tenant.ids.organization, former.id],
  );
  await owner.query("DELETE FROM accounts.members WHERE user_id = $1", [former.id]);
  const { link } = await ok<{ link: string }>(
    tenant.people.organizationOwner.caller,
    "POST",
    `/api/organizations/${tenant.ids.organization}/invitations/`,
    { email: former.email, role: "member" },
  );
  const { token } = await tokenOf(admin, { scopes: ["read", "write", "train"] });
  return {
    formerMember: { ...bearer(former, "nothing"), invitation: tokenIn(link) },
    // Organisations and accounts they look after by name; what is in them is none of their business.
    installationAdmin: bearer(admin, "organization"),
    adminsNarrowToken: { headers: { authorization: `Bearer ${token}` }, sees: "organization", person: admin },
  } as const satisfies Partial<Record<AskerName, Asker>>;
}

async function sessions({ installation, owner, tenant }: Stage) {
  const { owner: person } = tenant.people;
  const cookie = await signIn(installation, person);
  const expired = await signIn(installation, person);
  const { rows } = await owner.query<{ id: number }>(
    `UPDATE accounts.sessions SET expires_at = now() - interval '1 minute'
     WHERE id = (SELECT max(id) FROM accounts.sessions) RETURNING *`,
  );
  const [session] = rows;
  const { address } = installation.api;
  const me = await fetch(`${address}/api/me/`, { headers: { cookie } });
  const { csrf_token: csrf } = (await me.json()) as { csrf_token?: string | null };
  const made = await fetch(`${address}/api/jwt/`, {
    method: "POST",
    headers: { cookie, origin: address, ...(csrf ? { "x-csrf-token": csrf } : {}) },
  });
  const { token: jwt } = (await made.json()) as { token: string };
  const own = csrf ? { "x-csrf-token": csrf } : {};
  return {
    expiredSession: {
      headers: { cookie: expired },
      writeHeaders: own,
      sees: "nothing",
      // Seen once, it is removed; every call is to find it.
      prepare: () =>
        owner.query(
          `INSERT INTO accounts.sessions SELECT * FROM json_populate_record(NULL::accounts.sessions, $1)
           ON CONFLICT DO NOTHING`,
          [JSON.stringify(session)],
        ),
    },
    jwt: { headers: { authorization: `Bearer ${jwt}` }, sees: "project", person },
    session: { headers: { cookie }, writeHeaders: own, sees: "project", person },
    sessionElsewhere: {
      headers: { cookie, origin: "https://elsewhere.example" },
      writeHeaders: own,
      sees: "project",
      person,
    },
  } as const satisfies Partial<Record<AskerName, Asker>>;
}
