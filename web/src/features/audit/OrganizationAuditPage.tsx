import { Container, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { memberChoicesQuery, organizationQuery } from "../organizations/queries.ts";
import { projectChoicesQuery } from "../projects/queries.ts";
import { AuditView } from "./AuditView.tsx";

const ROUTE = "/signed-in/organizations/$organizationId/audit";

export function OrganizationAuditPage() {
  const { organizationId } = useParams({ from: ROUTE });
  const search = useSearch({ from: ROUTE });
  const navigate = useNavigate();
  const members = useQuery(memberChoicesQuery(organizationId)).data?.rows ?? [];
  const projects = useQuery(projectChoicesQuery).data?.rows ?? [];
  const role = useQuery(organizationQuery(organizationId)).data?.role;
  if (role === "member") {
    return (
      <Container size="sm" py="xl">
        <PageHeading mb="sm">Audit</PageHeading>
        <Text>Only owners and admins of the organisation see its audit.</Text>
      </Container>
    );
  }
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
