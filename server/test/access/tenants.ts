import type {
  Annotation,
  Dataset,
  Prediction,
  Project,
  ProjectRole,
  Suggestion,
  Token,
} from "@magtrace/contracts";
import type pg from "pg";
import {
  categoriesOf,
  createModel,
  createProject,
  label,
  ok,
  predict,
  simulateSurvey,
  train,
  until,
} from "../support/learningStage.ts";
import type { ApiCaller, TestInstallation, TestUser } from "../support/testInstallation.ts";

export const roles = [
  "viewer",
  "collaborator",
  "owner",
  "readOnly",
  "member",
  "organizationAdmin",
  "organizationOwner",
] as const;
export type Role = (typeof roles)[number];

export interface Person {
  readonly id: number;
  readonly email: string;
  readonly caller: ApiCaller;
}

/** A team with one of everything, and people of every role. */
export interface Tenant {
  /** In the name of everything only those may read who see the project. */
  readonly projectWord: string;
  /** In the names of people and of the organisation, which every member may read. */
  readonly organizationWord: string;
  readonly people: Record<Role, Person>;
  /** Of an invitation of somebody who has no account. */
  readonly invitationToken: string;
  readonly ids: Ids;
}

/** Rows of a tenant, by what they are. */
export type Ids = Record<
  | "organization"
  | "project"
  | "otherProject"
  | "dataset"
  | "category"
  | "otherCategory"
  | "spareCategory"
  | "profile"
  | "annotation"
  | "deletedAnnotation"
  | "change"
  | "model"
  | "session"
  | "waitingSession"
  | "prediction"
  | "suggestion"
  | "token"
  | "user"
  | "browser"
  | "invitation"
  | "check",
  number
>;

/** @param owner Connected as the database's owner. */
export async function settleTenant(
  installation: TestInstallation,
  owner: pg.Client,
  name: string,
): Promise<Tenant> {
  const projectWord = `zqproject${name}`;
  const organizationWord = `zqteam${name}`;
  const organization = `${organizationWord} & Co`;
  const people = {} as Record<Role, Person>;
  // The first of an organisation becomes its owner.
  for (const role of [...roles].reverse()) {
    people[role] = await settlePerson(installation, owner, {
      name: `${role}-${organizationWord}`,
      organization,
      ...organizationPart(role),
      role: role === "readOnly" ? "read_only" : "user",
    });
  }
  // Whom things are done to, and who does nothing.
  const bystander = await settlePerson(installation, owner, {
    name: `bystander-${organizationWord}`,
    organization,
    organizationRole: "member",
  });
  const chief = people.organizationOwner.caller;
  const project = await createProject(chief, projectWord);
  const { organization: organizationId } = await ok<Project>(chief, "GET", `/api/projects/${project}/`);
  const joined: [Person, ProjectRole][] = [
    [people.viewer, "viewer"],
    [people.collaborator, "collaborator"],
    [people.owner, "owner"],
    [people.readOnly, "owner"],
    [bystander, "collaborator"],
  ];
  for (const [{ id }, role] of joined) {
    await owner.query(
      "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, $4)",
      [project, organizationId, id, role],
    );
  }
  const ids = await furnish(owner, { project, word: projectWord, people });
  const token = await ok<Token>(people.owner.caller, "POST", "/api/tokens/", {
    name: organizationWord,
    scopes: ["read"],
  });
  await signIn(installation, people.owner);
  const { rows: signedIn } = await owner.query<{ id: number }>(
    "SELECT max(id) AS id FROM accounts.sessions WHERE user_id = $1",
    [people.owner.id],
  );
  const invitation = await ok<{ id: number; link: string }>(
    chief,
    "POST",
    `/api/organizations/${organizationId}/invitations/`,
    { email: `newcomer-${name}@example.com`, role: "member" },
  );
  const { rows: checks } = await owner.query<{ id: number }>(
    "INSERT INTO audit.checks (organization_id, status, total) VALUES ($1, 'completed', 0) RETURNING id",
    [organizationId],
  );
  const otherProject = await createProject(chief, "Next door");
  await owner.query(
    "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, 'owner')",
    [otherProject, organizationId, people.owner.id],
  );
  return {
    projectWord,
    organizationWord,
    people,
    invitationToken: tokenIn(invitation.link),
    ids: {
      ...ids,
      project,
      otherProject,
      organization: organizationId,
      token: token.id,
      user: bystander.id,
      browser: signedIn[0]!.id,
      invitation: invitation.id,
      check: Number(checks[0]!.id),
    },
  };
}

function organizationPart(role: Role): Pick<TestUser, "organizationRole"> {
  if (role === "organizationOwner") return { organizationRole: "owner" };
  return { organizationRole: role === "organizationAdmin" ? "admin" : "member" };
}

export async function settlePerson(
  installation: TestInstallation,
  owner: pg.Client,
  user: TestUser,
): Promise<Person> {
  const caller = await installation.addUser(user);
  const email = `${user.name}@example.com`.toLowerCase();
  const { rows } = await owner.query<{ id: number }>("SELECT id FROM accounts.users WHERE email = $1", [
    email,
  ]);
  return { id: rows[0]!.id, email, caller };
}

interface Furnished {
  readonly project: number;
  readonly word: string;
  readonly people: Record<Role, Person>;
}

type Furniture = Omit<
  Ids,
  "organization" | "project" | "otherProject" | "token" | "user" | "browser" | "invitation" | "check"
>;

async function furnish(owner: pg.Client, { project, word, people }: Furnished): Promise<Furniture> {
  const chief = people.organizationOwner.caller;
  const survey = simulateSurvey({ seed: 5, rows: 3_000 });
  const dataset = await upload(chief, project, { name: `${word}.csv`, bytes: survey.csv });
  const [first] = await label(chief, dataset, survey.events);
  const { id: category } = await ok<{ id: number }>(chief, "POST", "/api/label-categories/", {
    project,
    name: `${word} category`,
  });
  const profile = await ok<{ id: number }>(chief, "POST", "/api/reading-profiles/", {
    project,
    name: `${word} profile`,
    header: [`${word} time`, "x"],
    mapping: {},
  });
  const { Normal, Electrical } = await categoriesOf(chief, project);
  const model = await createModel(chief, project, { n_trees: 4, note: word });
  await ok(chief, "PATCH", `/api/user-models/${model.id}/`, {
    name: `${word} model`,
    tags: [`${word} tag`],
    category: `${word} kind`,
  });
  const session = await train(chief, model, dataset);
  const waiting = await train(chief, await createModel(chief, project, { n_trees: 4 }), dataset);
  const prediction = await predict(chief, { dataset: dataset.id, model: model.id });
  const unlabelled = simulateSurvey({ seed: 6, rows: 3_000 });
  const fresh = await upload(chief, project, { name: `${word} 2.csv`, bytes: unlabelled.csv });
  await ok<Suggestion[]>(chief, "POST", "/api/suggestions/", { dataset: fresh.id, model: model.id });
  const suggestion = await firstSuggestion(chief, fresh.id);
  const deleted = await leaveTraces(people, dataset.id, { category, word });
  await owner.query(
    "UPDATE magtrace.training_sessions SET status = 'pending', model_key = NULL WHERE id = $1",
    [waiting.id],
  );
  const { rows } = await owner.query<{ id: number }>(
    "SELECT id FROM magtrace.annotation_changes WHERE annotation_id = $1 ORDER BY id LIMIT 1",
    [first!.id],
  );
  return {
    dataset: dataset.id,
    category,
    otherCategory: Normal!,
    spareCategory: Electrical!,
    profile: profile.id,
    annotation: first!.id,
    deletedAnnotation: deleted,
    change: Number(rows[0]!.id),
    model: model.id,
    session: session.id,
    waitingSession: waiting.id,
    prediction: (prediction as Prediction).id,
    suggestion: suggestion.id,
  };
}

async function upload(
  chief: ApiCaller,
  project: number,
  file: { name: string; bytes: string },
): Promise<Dataset> {
  const { status, body } = await chief.upload<Dataset>(project, file);
  if (status >= 300) throw new Error(`upload answered ${status}: ${JSON.stringify(body)}`);
  return until<Dataset>(chief, `/api/datasets/${body.id}/`);
}

async function firstSuggestion(chief: ApiCaller, dataset: number): Promise<Suggestion> {
  for (let looks = 0; looks < 3_600; looks++) {
    const [found] = await ok<Suggestion[]>(chief, "GET", `/api/suggestions/?dataset_id=${dataset}`);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no suggestion was made");
}

/** Everybody who may label has something of their own to undo and something to bring back. Returns a deleted label. */
async function leaveTraces(
  people: Record<Role, Person>,
  dataset: number,
  { category, word }: { category: number; word: string },
): Promise<number> {
  let deleted = 0;
  for (const role of ["collaborator", "owner", "organizationAdmin", "organizationOwner"] as const) {
    const { caller } = people[role];
    const make = () =>
      ok<Annotation>(caller, "POST", "/api/annotations/", {
        dataset,
        category,
        start_index: 0,
        end_index: 9,
        notes: `${word} note`,
      });
    await make();
    deleted = (await make()).id;
    await ok(caller, "POST", "/api/annotations/undo/", { dataset });
  }
  return deleted;
}

/** A cookie. */
export async function signIn({ api }: TestInstallation, { email }: Person): Promise<string> {
  const answer = await fetch(`${api.address}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: api.address },
    body: JSON.stringify({ email, password: "correct horse battery" }),
  });
  const cookie = answer.headers.getSetCookie().map((text) => text.split(";")[0]);
  if (answer.status !== 200 || cookie.length === 0) throw new Error(`sign-in answered ${answer.status}`);
  return cookie.join("; ");
}

export function tokenIn(link: string): string {
  const token = new URL(link).searchParams.get("token");
  if (!token) throw new Error(`${link} has no token`);
  return token;
}
