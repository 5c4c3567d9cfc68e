import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { userChoicesQuery } from "../administration/queries.ts";
import { AuditView } from "./AuditView.tsx";

/** What the chain is called that belongs to no organisation. */
const INSTALLATION = 0;

export function InstallationAuditPage() {
  const search = useSearch({ from: "/signed-in/administration/audit" });
  const navigate = useNavigate();
  const users = useQuery(userChoicesQuery).data?.rows ?? [];
  return (
    <AuditView
      organizationId={INSTALLATION}
      about="Accounts, sign-ins and tokens: what belongs to no organisation. Each organisation has an audit of its own."
      people={users}
      projects={[]}
      search={search}
      onSearch={(next) => void navigate({ to: "/administration/audit", search: next })}
    />
  );
}
