import { createHash } from "node:crypto";
import type { Owner } from "./apiBench.ts";

export interface SeededOrganization {
  readonly organization: number;
  readonly projects: number;
  /** Tokens of its owners. The first has founded every project. */
  readonly owners: readonly string[];
  /** Tokens of plain members, each in the same ten of its projects. */
  readonly members: readonly string[];
}

export const PROJECTS_OF_A_MEMBER = 10;

/** As many people and projects as would take hours to make by requests, written by the database's owner. */
export async function seedProjects(
  owner: Owner,
  { projects, people }: { projects: number; people: number },
): Promise<SeededOrganization> {
  const name = `bench-${projects}`;
  const organization = await idOf(
    owner,
    "INSERT INTO accounts.organizations (name, slug) VALUES ($1, $1) RETURNING id",
    [name],
  );
  const owners = await seedPeople(owner, { organization, role: "owner", people });
  const members = await seedPeople(owner, { organization, role: "member", people });
  await owner.query(
    `INSERT INTO magtrace.projects (organization_id, name, description, created_by)
     SELECT $1, 'Survey ' || n, 'Harbour, line ' || n, $2 FROM generate_series(1, $3::int) AS n`,
    [organization, owners[0]!.id, projects],
  );
  await owner.query(
    `INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
     SELECT id, organization_id, $2, 'owner' FROM magtrace.projects WHERE organization_id = $1`,
    [organization, owners[0]!.id],
  );
  await owner.query(
    `INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
     SELECT p.id, $1, u.id, 'collaborator'
     FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM magtrace.projects WHERE organization_id = $1) AS p
     CROSS JOIN unnest($2::int[]) AS u (id) WHERE p.place % $3 = 0`,
    [organization, members.map(({ id }) => id), projects / PROJECTS_OF_A_MEMBER],
  );
  return { organization, projects, owners: owners.map(tokenOf), members: members.map(tokenOf) };
}

export function firstProject(owner: Owner, organization: number): Promise<number> {
  return idOf(owner, "SELECT min(id) AS id FROM magtrace.projects WHERE organization_id = $1", [
    organization,
  ]);
}

interface Person {
  readonly id: number;
  readonly token: string;
}

function tokenOf({ token }: Person): string {
  return token;
}

async function seedPeople(
  owner: Owner,
  { organization, role, people }: { organization: number; role: "owner" | "member"; people: number },
): Promise<Person[]> {
  const made: Person[] = [];
  for (let index = 0; index < people; index++) {
    const name = `${role} ${index} of ${organization}`;
    const id = await idOf(
      owner,
      "INSERT INTO accounts.users (name, email, email_verified) VALUES ($1, $2, true) RETURNING id",
      [name, `${role}-${index}-of-${organization}@magtrace.invalid`],
    );
    const token = `mgt_${createHash("sha256").update(name).digest("base64url")}`;
    await owner.query("INSERT INTO accounts.members (organization_id, user_id, role) VALUES ($1, $2, $3)", [
      organization,
      id,
      role,
    ]);
    await owner.query(
      "INSERT INTO accounts.api_tokens (user_id, name, prefix, hash, scopes) VALUES ($1, 'bench', $2, $3, $4)",
      [id, token.slice(0, 8), createHash("sha256").update(token).digest(), ["read", "write", "train"]],
    );
    made.push({ id, token });
  }
  return made;
}

async function idOf(owner: Owner, text: string, values: unknown[]): Promise<number> {
  return (await owner.query<{ id: number }>(text, values)).rows[0]!.id;
}
