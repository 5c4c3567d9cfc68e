import type { Project } from "@magtrace/contracts";
import {
  Button,
  Container,
  Divider,
  Group,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { countOf, formatCount } from "../../ui/formatNumber.ts";
import { showDone, showFailure } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { ProfilesSection } from "../profiles/ProfilesSection.tsx";
import { ProjectMembers } from "./ProjectMembers.tsx";
import { projectQuery, projectStatisticsQuery, useDeleteProject, useUpdateProject } from "./queries.ts";
import { useRights } from "./rights.ts";

export function ProjectSettingsPage() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/settings" });
  const project = useQuery(projectQuery(projectId));
  const { mayEdit, mayOwn } = useRights(projectId);
  if (project.data === undefined) return null;
  return (
    <Container size="sm" py="md">
      <Stack gap="xl">
        <Details key={project.data.updated_at} project={project.data} disabled={!mayEdit} />
        <ProjectMembers project={project.data} mayOwn={mayOwn} />
        <ProfilesSection projectId={projectId} mayEdit={mayEdit} />
        <Contents projectId={projectId} />
        {mayOwn ? <Deletion project={project.data} /> : null}
      </Stack>
    </Container>
  );
}

function Details({ project, disabled }: { project: Project; disabled: boolean }) {
  const update = useUpdateProject(project.id);
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return;
    update.mutate({ name, description }, { onSuccess: () => showDone("Project saved.") });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <PageHeading>Project settings</PageHeading>
        <TextInput
          label="Name"
          required
          maxLength={255}
          readOnly={disabled}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Description"
          autosize
          minRows={3}
          readOnly={disabled}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {update.isError ? <ErrorNotice title="The project was not saved" error={update.error} /> : null}
        {disabled ? (
          <Text size="sm" c="dimmed">
            Only owners and collaborators may change this.
          </Text>
        ) : (
          <Group>
            <Button type="submit" loading={update.isPending}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function Contents({ projectId }: { projectId: number }) {
  const statistics = useQuery(projectStatisticsQuery(projectId));
  if (statistics.data === undefined) return null;
  const { annotations_by_category: byCategory, ...counts } = statistics.data;
  return (
    <Stack gap="xs">
      <Title order={2}>What it holds</Title>
      <Text size="sm">
        {countOf(counts.datasets, "dataset")} with {countOf(counts.total_records, "reading")} ·{" "}
        {countOf(counts.annotations, "label")} · {countOf(counts.models, "model")} ·{" "}
        {countOf(counts.training_sessions, "training session")} · {countOf(counts.predictions, "prediction")}
      </Text>
      {byCategory.length === 0 ? null : (
        <Table withTableBorder horizontalSpacing="sm" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Category</Table.Th>
              <Table.Th ta="right">Labels</Table.Th>
              <Table.Th ta="right">Readings under them</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {byCategory.map((row) => (
              <Table.Tr key={row.category}>
                <Table.Td>{row.name}</Table.Td>
                <Table.Td ta="right">{formatCount(row.count)}</Table.Td>
                <Table.Td ta="right">{formatCount(row.readings)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}

function Deletion({ project }: { project: Project }) {
  const remove = useDeleteProject(project.id);
  const navigate = useNavigate();
  return (
    <Stack gap="xs">
      <Divider />
      <Title order={2}>Delete this project</Title>
      <Text size="sm" c="dimmed">
        Its datasets, labels, models and predictions go with it. For 30 days its owners can bring it back
        through the API.
      </Text>
      <Group>
        <ConfirmButton
          color="red"
          variant="light"
          loading={remove.isPending}
          question={`Delete ${project.name}?`}
          consequence="Nobody will see its datasets, labels, models and predictions any more. For 30 days its owners can bring them back through the API."
          confirmLabel="Delete the project"
          onConfirm={() =>
            remove.mutate(undefined, {
              onSuccess: () => void navigate({ to: "/projects" }),
              onError: (error) => showFailure("The project was not deleted", errorSentence(error)),
            })
          }
        >
          Delete project
        </ConfirmButton>
      </Group>
    </Stack>
  );
}
