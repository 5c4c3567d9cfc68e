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

/** An organisation as one of its own sees it in passing. */
export const Membership = Type.Object({ id: Id, name: Type.String(), role: OrganizationRole });
export type Membership = Static<typeof Membership>;

/** Who is asking: `GET /api/me/`. */
export const Me = Type.Object({
  id: Id,
  name: Type.String(),
  email: Type.String(),
  email_verified: Type.Boolean(),
  role: InstallationRole,
  two_factor: Type.Boolean({ description: "Whether signing in asks for a second factor." }),
  two_factor_needed: Type.Boolean({
    description: "One of the asker's organisations requires a second factor, and there is none yet.",
  }),
  organizations: Type.Array(Membership),
  csrf_token: Type.Optional(
    Nullable(
      Type.String({
        description: "To be sent as X-CSRF-Token with changes made with a cookie; null with a token.",
      }),
    ),
  ),
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

export const UpdateMe = Type.Object({ name: Type.Optional(Name) });
export type UpdateMe = Static<typeof UpdateMe>;

/**
 * `POST /api/me/delete/`: the password once more, so that an unlocked screen is not enough. Who has none, and signs in
 * elsewhere, leaves it out and does so within ten minutes of signing in.
 */
export const DeleteMe = Type.Object({ password: Type.Optional(Type.String({ maxLength: 128 })) });
export type DeleteMe = Static<typeof DeleteMe>;

/** What the sign-in page may offer. */
export const SignInOptions = Type.Object({
  registration: Type.Boolean({ description: "Whether anybody may make an account." }),
  mail: Type.Boolean({
    description: "Whether links can be mailed: without, a forgotten password is for an administrator.",
  }),
  single_sign_on: Nullable(Type.Object({ name: Type.String() })),
});
export type SignInOptions = Static<typeof SignInOptions>;

/** One signed-in browser of one's own. */
export const Session = Type.Object({
  id: Id,
  current: Type.Boolean(),
  ip_address: Nullable(Type.String()),
  user_agent: Nullable(Type.String()),
  created_at: Timestamp,
  last_used_at: Timestamp,
  expires_at: Timestamp,
});
export type Session = Static<typeof Session>;

/** `POST /api/jwt/`: good for 15 minutes, and no more than what it was asked for with. */
export const Jwt = Type.Object({ token: Type.String(), expires_at: Timestamp });
export type Jwt = Static<typeof Jwt>;

/** Public keys that short-lived tokens are verified with (RFC 7517, RFC 8037). */
export const JwkSet = Type.Object({
  keys: Type.Array(
    Type.Object({
      kid: Type.String(),
      kty: Type.Literal("OKP"),
      crv: Type.Literal("Ed25519"),
      alg: Type.Literal("EdDSA"),
      use: Type.Literal("sig"),
      x: Type.String(),
    }),
  ),
});
export type JwkSet = Static<typeof JwkSet>;
