import type { OrganizationRole } from "@magtrace/contracts";
import { exceeds, notFound, tooLittleInOrganization } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Standing } from "./memberQueries.ts";

/** By what right somebody changes who is in an organisation. */
export type Hand = OrganizationRole | "installation";

/** What a member is and is to become; null for not being one. */
export interface RoleChange {
  readonly from: OrganizationRole | null;
  readonly to: OrganizationRole | null;
  readonly isOwn: boolean;
}

/**
 * Nobody gives or takes away more than they have themselves.
 * @throws AppError not_allowed or, of somebody who is no member, not_found.
 */
export function requireRoleChange(hand: Hand, { from, to, isOwn }: RoleChange): void {
  if (from === null && (hand !== "installation" || to === null)) throw notFound("member");
  if (hand === "installation") return;
  if (isOwn && (to === null || !exceeds(to, hand))) return;
  if (hand === "member") throw tooLittleInOrganization("admin", hand);
  if (hand === "admin" && (from === "owner" || to === "owner")) throw tooLittleInOrganization("owner", hand);
}

/**
 * An organisation without an owner who can sign in and change things could be changed by nobody in it.
 * @throws AppError conflict where `userId` is the only one.
 */
export function requireAnotherOwner(roles: ReadonlyMap<number, Standing>, userId: number): void {
  const others = [...roles].filter(
    ([id, { role, disabled, readOnly }]) => role === "owner" && !disabled && !readOnly && id !== userId,
  );
  if (others.length > 0) return;
  throw new AppError(
    "conflict",
    "This is the organisation's only owner who can act. Make another member owner first.",
  );
}
