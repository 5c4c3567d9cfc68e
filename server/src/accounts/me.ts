import type { Me } from "@magtrace/contracts";
import type { Actor } from "./actor.ts";

export function describe({ access, withheld }: Actor): Me {
  const { user } = access;
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    email_verified: user.email_verified,
    role: user.role,
    two_factor: user.two_factor,
    two_factor_needed: withheld.length > 0,
    organizations: [...access.organizations, ...withheld]
      .map(({ id, name, role }) => ({ id, name, role }))
      .sort((a, b) => a.id - b.id),
  };
}
