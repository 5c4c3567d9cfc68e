import type { Me } from "@magtrace/contracts";
import {
  Badge,
  Button,
  Card,
  Container,
  Group,
  Modal,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useMayWrite, useMe } from "../../app/session.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { PROJECTS_A_PAGE, projectsQuery, useCreateProject } from "./queries.ts";

export function ProjectsPage() {
  const [page, setPage] = useState(1);
  const [opened, { open, close }] = useDisclosure(false);
  const projects = useQuery(projectsQuery(page));
  const me = useMe();
  const mayWrite = useMayWrite();
  // One organisation that waits for a second factor is none to found a project in.
  const places = (me?.organizations.length ?? 0) - (me?.two_factor_needed ? 1 : 0);
  const mayFound = mayWrite && places > 0;
  const create = mayFound ? <Button onClick={open}>New project</Button> : null;

  return (
    <Container component="main" size="lg" py="md">
      <Group justify="space-between" mb="md">
        <PageHeading>Projects</PageHeading>
        {create}
      </Group>
      {projects.isPending ? (
        <LoadingBlock what="the projects" />
      ) : projects.isError ? (
        <ErrorNotice
          title="The projects could not be loaded"
          error={projects.error}
          onRetry={() => void projects.refetch()}
        />
      ) : projects.data.total === 0 ? (
        <EmptyState title="No projects yet" hint={noProjectsHint(me, mayFound)}>
          {me?.role === "admin" && me.organizations.length === 0 ? (
            <LinkButton mt="sm" variant="default" to="/administration/organizations">
              Organisations of this installation
            </LinkButton>
          ) : null}
        </EmptyState>
      ) : (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
            {projects.data.rows.map((project) => (
              <Card key={project.id} withBorder padding="sm">
                <Group justify="space-between" wrap="nowrap" align="flex-start">
                  <Link to="/projects/$projectId" params={{ projectId: project.id }} className="quiet-link">
                    <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                      {project.name}
                    </Text>
                  </Link>
                  <Badge variant="light" color="gray" size="sm" tt="none" flex="none">
                    {project.role}
                  </Badge>
                </Group>
                <Text size="sm" c="dimmed" lineClamp={2} mt={4} mih={40}>
                  {project.description === "" ? "No description" : project.description}
                </Text>
                <Text size="xs" c="dimmed" mt="xs">
                  changed {formatMoment(project.updated_at)}
                </Text>
              </Card>
            ))}
          </SimpleGrid>
          <Pager
            what="projects"
            page={page}
            pageSize={PROJECTS_A_PAGE}
            total={projects.data.total}
            onPage={setPage}
          />
        </>
      )}
      <Modal opened={opened} onClose={close} title="New project">
        <NewProject />
      </Modal>
    </Container>
  );
}

function noProjectsHint(me: Me | null, mayFound: boolean): string {
  if (me !== null && me.organizations.length === 0) {
    if (me.role === "admin") {
      return "Projects belong to organisations, and you are in none. As administrator you can make one, or put yourself into one that there is.";
    }
    return "Projects belong to organisations, and you are in none yet. Ask an administrator of yours to invite you.";
  }
  if (me?.two_factor_needed) return "Those of your organisation are shown once two-factor sign-in is set up.";
  if (!mayFound) return "Ask the owner of a project to let you in.";
  return "A project holds the recordings of one survey or instrument, their labels and the models trained on them. Make one to upload your first recording.";
}

function NewProject() {
  const me = useMe();
  const organizations = me?.organizations ?? [];
  const create = useCreateProject();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [organization, setOrganization] = useState<string | null>(
    organizations[0] === undefined ? null : String(organizations[0].id),
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return;
    create.mutate(
      { name, description, ...(organization === null ? {} : { organization: Number(organization) }) },
      {
        onSuccess: (project) =>
          void navigate({ to: "/projects/$projectId", params: { projectId: project.id } }),
      },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {organizations.length > 1 ? (
          <Select
            label="Organisation"
            data={organizations.map(({ id, name: text }) => ({ value: String(id), label: text }))}
            value={organization}
            onChange={setOrganization}
            allowDeselect={false}
          />
        ) : null}
        {create.isError ? <ErrorNotice title="The project was not created" error={create.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Create project
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
