import { Container, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { memberChoicesQuery } from "../organizations/queries.ts";
import { projectQuery } from "../projects/queries.ts";
import { AuditView } from "./AuditView.tsx";

const ROUTE = "/signed-in/projects/$projectId/audit";

/** What was done in one project, for its owners. */
export function ProjectAuditPage() {
  const { projectId } = useParams({ from: ROUTE });
  const { project: _other, ...search } = useSearch({ from: ROUTE });
  const navigate = useNavigate();
  const project = useQuery(projectQuery(projectId)).data;
  const members = useQuery({
    ...memberChoicesQuery(project?.organization ?? 0),
    enabled: project !== undefined,
  });
  if (project === undefined) return null;
  if (project.role !== "owner") {
    return (
      <Container size="sm" py="xl">
        <PageHeading mb="sm">Audit</PageHeading>
        <Text>Only owners of the project see its audit.</Text>
      </Container>
    );
  }
  return (
    <AuditView
      organizationId={project.organization}
      onlyProject={projectId}
      about="Every reading and every change in this project."
      people={(members.data?.rows ?? []).map(({ user, name }) => ({ id: user, name }))}
      projects={[project]}
      search={search}
      onSearch={(next) =>
        void navigate({ to: "/projects/$projectId/audit", params: { projectId }, search: next })
      }
    />
  );
}
