import type { TrainingSession } from "@magtrace/contracts";
import {
  Alert,
  Button,
  Code,
  Container,
  Group,
  Progress,
  ScrollArea,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { errorSentence, isLost } from "../../api/apiError.ts";
import { FailedPage } from "../../ui/FailedPage.tsx";
import { formatDuration, formatMoment } from "../../ui/formatMoment.ts";
import { formatShare } from "../../ui/formatNumber.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showFailure } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { datasetChoicesQuery } from "../datasets/queries.ts";
import { useRights } from "../projects/rights.ts";
import { MetricsView } from "./MetricsView.tsx";
import { hasModel, isUnderWay, modelsQuery, sessionQuery, useStopTraining } from "./queries.ts";
import { readMetrics, readProgress } from "./readMetrics.ts";

/** One training session: live while it runs, its scores when it is done. */
export function SessionPage() {
  const { projectId, sessionId } = useParams({ from: "/signed-in/projects/$projectId/training/$sessionId" });
  const session = useQuery(sessionQuery(sessionId));
  const models = useQuery(modelsQuery(projectId));
  const datasets = useQuery(datasetChoicesQuery(projectId));
  const { mayEdit } = useRights(projectId);
  if (session.isPending) return <LoadingBlock what="the session" />;
  if (session.data === undefined || isLost(session.error)) {
    return (
      <FailedPage
        title="The session could not be loaded"
        error={session.error}
        onRetry={() => void session.refetch()}
      />
    );
  }
  const { data } = session;
  const datasetName = (id: number) =>
    datasets.data?.find((dataset) => dataset.id === id)?.name ?? `dataset ${id}`;
  const modelName = models.data?.find(({ id }) => id === data.model)?.name ?? `Model ${data.model}`;
  return (
    <Container size="lg" py="md">
      <Stack gap="md">
        <Group justify="space-between">
          <Group gap="sm">
            <PageHeading>{modelName}</PageHeading>
            <Text c="dimmed">session {data.id}</Text>
            <StatusBadge status={data.status} />
          </Group>
          <Group gap="xs">
            {mayEdit && isUnderWay(data.status) ? <StopButton sessionId={data.id} /> : null}
            {mayEdit && hasModel(data) ? (
              <LinkButton
                to="/projects/$projectId/predictions"
                params={{ projectId }}
                search={{ session: data.id }}
              >
                Predict with it
              </LinkButton>
            ) : null}
          </Group>
        </Group>
        <Outcome session={data} />
        {data.training_logs.length === 0 ? null : <Log session={data} />}
        <Text size="xs" c="dimmed">
          started {formatMoment(data.started_at ?? data.created_at)}
          {data.completed_at !== null && data.started_at !== null
            ? ` · took ${formatDuration((Date.parse(data.completed_at) - Date.parse(data.started_at)) / 1000)}`
            : ""}
          {" · from "}
          <Link
            to="/projects/$projectId/datasets/$datasetId"
            params={{ projectId, datasetId: data.dataset }}
            className="quiet-link"
          >
            {datasetName(data.dataset)}
          </Link>
          {data.additional_datasets.map((id) => (
            <span key={id}>
              {", "}
              <Link
                to="/projects/$projectId/datasets/$datasetId"
                params={{ projectId, datasetId: id }}
                className="quiet-link"
              >
                {datasetName(id)}
              </Link>
            </span>
          ))}
        </Text>
      </Stack>
    </Container>
  );
}

function Outcome({ session }: { session: TrainingSession }) {
  if (isUnderWay(session.status)) {
    const live = readProgress(session.live_metrics);
    return (
      <Stack gap={4} role="status">
        <Progress
          size="lg"
          value={Math.max(session.progress, 1)}
          animated
          aria-label={`Training, ${Math.floor(session.progress)} %`}
        />
        <Text size="sm">
          {Math.floor(session.progress)} %
          {session.status === "pending"
            ? " · waiting for a free worker"
            : live === null
              ? ""
              : ` · ${live.text}`}
          {live?.accuracy == null ? "" : ` · accuracy so far ${formatShare(live.accuracy, 1)}`}
        </Text>
      </Stack>
    );
  }
  if (session.status === "failed") {
    return (
      <Alert color="red" title="Training failed" role="alert">
        {session.error_message ??
          "It ended without saying why. Start it again; if it fails again, tell the administrator."}
      </Alert>
    );
  }
  if (session.status === "cancelled") {
    return (
      <Alert color="orange" title="Training was stopped">
        It has no model to predict with. Start a new session to train again.
      </Alert>
    );
  }
  return <MetricsView metrics={readMetrics(session.final_metrics)} />;
}

function StopButton({ sessionId }: { sessionId: number }) {
  const stop = useStopTraining(sessionId);
  return (
    <Button
      variant="light"
      color="red"
      loading={stop.isPending}
      onClick={() =>
        stop.mutate(undefined, {
          onError: (error) => showFailure("The training was not stopped", errorSentence(error)),
        })
      }
    >
      Stop training
    </Button>
  );
}

/** The session's own words; follows the newest line. */
function Log({ session }: { session: TrainingSession }) {
  const viewport = useRef<HTMLDivElement>(null);
  const lines = session.training_logs.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line scrolls
  useEffect(() => {
    viewport.current?.scrollTo({ top: viewport.current.scrollHeight });
  }, [lines]);
  return (
    <section aria-label="Log">
      <Title order={2} mb="xs">
        Log
      </Title>
      <ScrollArea.Autosize mah={200} viewportRef={viewport} type="auto">
        <Code block fz="xs">
          {session.training_logs
            .map(({ at, message }) => `${new Date(at).toLocaleTimeString("en-GB")}  ${message}`)
            .join("\n")}
        </Code>
      </ScrollArea.Autosize>
    </section>
  );
}
