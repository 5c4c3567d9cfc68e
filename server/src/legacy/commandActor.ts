import type pg from "pg";
import { type Actor, createActor, type OrganizationAccess } from "../access/actor.ts";
import { requireUser } from "../accounts/administration/users.ts";
import { admitUser, ticketOf } from "../accounts/tokens/admission.ts";
import { AppError } from "../errors.ts";

/**
 * Somebody in whose name a command works, with their rights and no more.
 * @throws {AppError} not_found; not_allowed: locked, or may only read.
 */
export async function commandActor(pool: pg.Pool, email: string, command: string): Promise<Actor> {
  const { id } = await requireUser(pool, email);
  const admit = () => admitUser(pool, id);
  const admission = await admit();
  if (!admission || admission.disabled) {
    throw new AppError("not_allowed", `The account ${email} is locked. Name another with --as.`);
  }
  if (admission.role === "read_only") {
    throw new AppError("not_allowed", `The account ${email} may only read. Name another with --as.`);
  }
  return createActor(admission, {
    credential: { kind: "command", command },
    renewTicket: async () => ticketOf(await admit()),
  });
}

/**
 * One of the actor's organisations, by its id or name.
 * @throws {AppError} not_found; two_factor_needed.
 */
export function chosenOrganization({ access, withheld }: Actor, chosen: string): OrganizationAccess {
  const isChosen = ({ id, name }: OrganizationAccess) =>
    String(id) === chosen || name.toLowerCase() === chosen.toLowerCase();
  const matching = access.organizations.filter(isChosen);
  const found = matching.find(({ id }) => String(id) === chosen) ?? matching[0];
  if (matching.length > 1 && String(found?.id) !== chosen) {
    const ids = matching.map(({ id }) => id).join(", ");
    throw new AppError(
      "bad_request",
      `Several organisations are called "${chosen}": name one of the ids ${ids}.`,
    );
  }
  if (found) return found;
  if (withheld.some(isChosen)) {
    throw new AppError(
      "two_factor_needed",
      `${chosen} asks its members for a second factor, which ${access.user.email} has not set up.`,
    );
  }
  throw new AppError("not_found", `${access.user.email} is in no organisation "${chosen}".`);
}
