import type { TrainingSession } from "@magtrace/contracts";
import { Container, Progress, Stack, Table, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { formatShare } from "../../ui/formatNumber.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { datasetChoicesQuery } from "../datasets/queries.ts";
import { useRights } from "../projects/rights.ts";
import { isUnderWay, modelsQuery, SESSIONS_A_PAGE, sessionsQuery } from "./queries.ts";
import { StartTrainingForm } from "./StartTrainingForm.tsx";

export function TrainingPage() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/training" });
  const search = useSearch({ from: "/signed-in/projects/$projectId/training" });
  const models = useQuery(modelsQuery(projectId));
  const datasets = useQuery(datasetChoicesQuery(projectId));
  const { mayEdit } = useRights(projectId);
  const failed = models.error ?? datasets.error;

  return (
    <Container size="lg" py="md">
      <Stack gap="lg">
        <PageHeading>Training</PageHeading>
        {!mayEdit ? null : failed !== null ? (
          <ErrorNotice
            title="Models and datasets could not be loaded"
            error={failed}
            onRetry={() => {
              void models.refetch();
              void datasets.refetch();
            }}
          />
        ) : models.data === undefined || datasets.data === undefined ? (
          <LoadingBlock what="models and datasets" />
        ) : datasets.data.length === 0 ? (
          <EmptyState
            title="Nothing to learn from yet"
            hint="Upload a recording and label a few stretches of it first."
          />
        ) : (
          <StartTrainingForm
            projectId={projectId}
            models={models.data}
            datasets={datasets.data}
            datasetId={search.dataset}
          />
        )}
        <Sessions
          projectId={projectId}
          modelNames={new Map(models.data?.map(({ id, name }) => [id, name]))}
        />
      </Stack>
    </Container>
  );
}

function Sessions({ projectId, modelNames }: { projectId: number; modelNames: ReadonlyMap<number, string> }) {
  const [page, setPage] = useState(1);
  const sessions = useQuery(sessionsQuery(projectId, page));
  if (sessions.isPending) return <LoadingBlock what="the sessions" />;
  if (sessions.isError) {
    return (
      <ErrorNotice
        title="The training sessions could not be loaded"
        error={sessions.error}
        onRetry={() => void sessions.refetch()}
      />
    );
  }
  if (sessions.data.total === 0) {
    return (
      <EmptyState
        title="No training yet"
        hint="Sessions that were started in this project are listed here."
      />
    );
  }
  return (
    <section>
      <Title order={2} mb="xs">
        Sessions
      </Title>
      <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Training sessions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Session</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Accuracy</Table.Th>
            <Table.Th ta="right">Event F1</Table.Th>
            <Table.Th>Started</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sessions.data.rows.map((session) => (
            <Table.Tr key={session.id}>
              <Table.Td>
                <Link
                  to="/projects/$projectId/training/$sessionId"
                  params={{ projectId, sessionId: session.id }}
                  className="quiet-link"
                >
                  {modelNames.get(session.model) ?? `Model ${session.model}`} · session {session.id}
                </Link>
              </Table.Td>
              <Table.Td>
                {isUnderWay(session.status) ? (
                  <Progress
                    w={90}
                    size="sm"
                    animated
                    value={Math.max(session.progress, 3)}
                    aria-label="Training"
                  />
                ) : (
                  <StatusBadge status={session.status} />
                )}
              </Table.Td>
              <Table.Td ta="right">{scoreOf(session, "accuracy")}</Table.Td>
              <Table.Td ta="right">{scoreOf(session, "event_f1")}</Table.Td>
              <Table.Td className="one-line">
                {formatMoment(session.started_at ?? session.created_at)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Pager
        what="sessions"
        page={page}
        pageSize={SESSIONS_A_PAGE}
        total={sessions.data.total}
        onPage={setPage}
      />
    </section>
  );
}

function scoreOf(session: TrainingSession, key: string): string {
  const value = session.final_metrics[key];
  return formatShare(typeof value === "number" ? value : null);
}
