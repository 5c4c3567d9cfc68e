import Type, { type Static } from "typebox";
import { Email, InstallationRole, OrganizationRole, Password } from "./accounts.ts";
import { Id, Name, Nullable, Timestamp } from "./common.ts";

export const Organization = Type.Object({
  id: Id,
  name: Type.String(),
  role: Nullable(OrganizationRole),
  require_two_factor: Type.Boolean(),
  members: Type.Integer(),
  large_uploads: Type.Boolean({
    description: "Whether collaborators of its projects may upload larger files.",
  }),
  storage_used_bytes: Type.Integer({ description: "What all its objects take." }),
  storage_limit_bytes: Nullable(
    Type.Integer({ description: "What they may take; null: as the installation is configured." }),
  ),
  created_at: Timestamp,
});
export type Organization = Static<typeof Organization>;

/** By an administrator of the installation, for whoever is to own it; without `owner` it is theirs. */
export const CreateOrganization = Type.Object({ name: Name, owner: Type.Optional(Id) });
export type CreateOrganization = Static<typeof CreateOrganization>;

export const UpdateOrganization = Type.Object({
  name: Type.Optional(Name),
  require_two_factor: Type.Optional(Type.Boolean()),
  large_uploads: Type.Optional(Type.Boolean()),
});
export type UpdateOrganization = Static<typeof UpdateOrganization>;

/** By an administrator of the installation. Null: as it is configured. */
export const SetStorage = Type.Object({
  limit_bytes: Nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
});
export type SetStorage = Static<typeof SetStorage>;

export const MemberParams = Type.Object({ id: Id, user: Id });

export const OrganizationMember = Type.Object({
  user: Id,
  name: Type.String(),
  email: Type.String(),
  role: OrganizationRole,
  two_factor: Type.Boolean(),
  disabled: Type.Boolean(),
  created_at: Timestamp,
});
export type OrganizationMember = Static<typeof OrganizationMember>;

export const SetOrganizationMember = Type.Object({ role: OrganizationRole });
export type SetOrganizationMember = Static<typeof SetOrganizationMember>;

/** Ownership goes to `user`; who gives it away stays an admin (of a project: a collaborator). */
export const TransferOwnership = Type.Object({ user: Id });
export type TransferOwnership = Static<typeof TransferOwnership>;

export const CreateInvitation = Type.Object({ email: Email, role: OrganizationRole });
export type CreateInvitation = Static<typeof CreateInvitation>;

export const Invitation = Type.Object({
  id: Id,
  email: Type.String(),
  role: OrganizationRole,
  invited_by: Nullable(Type.String()),
  created_at: Timestamp,
  expires_at: Timestamp,
});
export type Invitation = Static<typeof Invitation>;

export const CreatedInvitation = Type.Intersect([
  Invitation,
  Type.Object({
    link: Nullable(
      Type.String({
        description: "Where no mail can be sent: to be handed over by oneself, shown this once.",
      }),
    ),
  }),
]);
export type CreatedInvitation = Static<typeof CreatedInvitation>;

export const InvitationParams = Type.Object({ id: Id, invitation: Id });

export const InvitationToken = Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) });
export type InvitationToken = Static<typeof InvitationToken>;

/** What an invitation's link shows to its holder. */
export const InvitationPreview = Type.Object({
  organization: Type.String(),
  email: Type.String(),
  role: OrganizationRole,
  expires_at: Timestamp,
});
export type InvitationPreview = Static<typeof InvitationPreview>;

/** An account for the address the invitation was made for, and membership with it. */
export const RegisterInvited = Type.Intersect([
  InvitationToken,
  Type.Object({ name: Name, password: Password }),
]);
export type RegisterInvited = Static<typeof RegisterInvited>;

/** An account as administrators of the installation see it. */
export const User = Type.Object({
  id: Id,
  name: Type.String(),
  email: Type.String(),
  email_verified: Type.Boolean(),
  role: InstallationRole,
  disabled: Type.Boolean(),
  two_factor: Type.Boolean(),
  organizations: Type.Array(Type.Object({ id: Id, name: Type.String(), role: OrganizationRole })),
  created_at: Timestamp,
  last_seen_at: Nullable(Timestamp),
});
export type User = Static<typeof User>;

export const UpdateUser = Type.Object({
  role: Type.Optional(InstallationRole),
  disabled: Type.Optional(Type.Boolean()),
});
export type UpdateUser = Static<typeof UpdateUser>;
