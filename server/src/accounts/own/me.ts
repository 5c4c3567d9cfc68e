import type { Me } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";

export function describe({ access, withheld, onlyProject }: Actor): Me {
  const { user } = access;
  // For a token for one project no organisation exists.
  const organizations = onlyProject === null ? [...access.organizations, ...withheld] : [];
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    email_verified: user.email_verified,
    role: user.role,
    two_factor: user.two_factor,
    two_factor_needed: withheld.length > 0,
    organizations: organizations
      .map(({ id, name, role }) => ({ id, name, role }))
      .sort((a, b) => a.id - b.id),
  };
}
