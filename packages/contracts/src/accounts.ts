import Type, { type Static } from "typebox";
import { Id, Name, Nullable, Timestamp } from "./common.ts";

export const InstallationRole = Type.Union([
  Type.Literal("admin"),
  Type.Literal("user"),
  Type.Literal("read_only"),
]);
export type InstallationRole = Static<typeof InstallationRole>;

export const OrganizationRole = Type.Union([
  Type.Literal("owner"),
  Type.Literal("admin"),
  Type.Literal("member"),
]);
export type OrganizationRole = Static<typeof OrganizationRole>;

export const ProjectRole = Type.Union([
  Type.Literal("owner"),
  Type.Literal("collaborator"),
  Type.Literal("viewer"),
]);
export type ProjectRole = Static<typeof ProjectRole>;

export const TokenScope = Type.Union([
  Type.Literal("read"),
  Type.Literal("write"),
  Type.Literal("train"),
  Type.Literal("admin"),
]);
export type TokenScope = Static<typeof TokenScope>;

export const Email = Type.String({ format: "email", maxLength: 254 });
export const Password = Type.String({ minLength: 12, maxLength: 128 });

export const Organization = Type.Object({ id: Id, name: Type.String(), role: OrganizationRole });
export type Organization = Static<typeof Organization>;

/** Who is asking: `GET /api/me/`. */
export const Me = Type.Object({
  id: Id,
  name: Type.String(),
  email: Type.String(),
  role: InstallationRole,
  organizations: Type.Array(Organization),
});
export type Me = Static<typeof Me>;

export const SetupState = Type.Object({ needed: Type.Boolean() });
export type SetupState = Static<typeof SetupState>;

/** `POST /api/setup/`: the first administrator, with the token of the link that `magtrace up` printed. */
export const Setup = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 200 }),
  name: Name,
  email: Email,
  password: Password,
  organization: Name,
});
export type Setup = Static<typeof Setup>;

export const Token = Type.Object({
  id: Id,
  name: Type.String(),
  prefix: Type.String({ description: "First characters, to tell tokens apart." }),
  scopes: Type.Array(TokenScope),
  project: Nullable(Id),
  expires_at: Nullable(Timestamp),
  last_used_at: Nullable(Timestamp),
  created_at: Timestamp,
});
export type Token = Static<typeof Token>;

export const CreateToken = Type.Object({
  name: Name,
  scopes: Type.Array(TokenScope, { minItems: 1, maxItems: 4, uniqueItems: true }),
  project: Type.Optional(Nullable(Id)),
  expires_at: Type.Optional(Nullable(Timestamp)),
});
export type CreateToken = Static<typeof CreateToken>;

export const CreatedToken = Type.Intersect([
  Token,
  Type.Object({ token: Type.String({ description: "The token itself, shown this once." }) }),
]);
export type CreatedToken = Static<typeof CreatedToken>;

export const ProjectMember = Type.Object({
  user: Id,
  name: Type.String(),
  email: Type.String(),
  role: ProjectRole,
});
export type ProjectMember = Static<typeof ProjectMember>;
