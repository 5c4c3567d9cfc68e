import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { memberChoicesQuery } from "../organizations/queries.ts";
import { projectChoicesQuery } from "../projects/queries.ts";
import { AuditView } from "./AuditView.tsx";

const ROUTE = "/signed-in/organizations/$organizationId/audit";

export function OrganizationAuditPage() {
  const { organizationId } = useParams({ from: ROUTE });
  const search = useSearch({ from: ROUTE });
  const navigate = useNavigate();
  const members = useQuery(memberChoicesQuery(organizationId)).data?.rows ?? [];
  const projects = useQuery(projectChoicesQuery).data?.rows ?? [];
  return (
    <AuditView
      organizationId={organizationId}
      about="Every reading and every change of what belongs to the organisation."
      people={members.map(({ user, name }) => ({ id: user, name }))}
      projects={projects.filter(({ organization }) => organization === organizationId)}
      search={search}
      onSearch={(next) =>
        void navigate({
          to: "/organizations/$organizationId/audit",
          params: { organizationId },
          search: next,
        })
      }
    />
  );
}
