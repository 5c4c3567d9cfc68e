import { Container, Progress, Stack, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { datasetChoicesQuery } from "../datasets/queries.ts";
import { useRights } from "../projects/rights.ts";
import { isUnderWay, modelsQuery, trainedSessionsQuery } from "../training/queries.ts";
import { PredictForm } from "./PredictForm.tsx";
import { PREDICTIONS_A_PAGE, predictionsQuery } from "./queries.ts";

export function PredictionsPage() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/predictions" });
  const search = useSearch({ from: "/signed-in/projects/$projectId/predictions" });
  const datasets = useQuery(datasetChoicesQuery(projectId));
  const sessions = useQuery(trainedSessionsQuery(projectId));
  const models = useQuery(modelsQuery(projectId));
  const { mayEdit } = useRights(projectId);
  const failed = datasets.error ?? sessions.error ?? models.error;

  return (
    <Container size="lg" py="md">
      <Stack gap="lg">
        <PageHeading>Predictions</PageHeading>
        {!mayEdit ? null : failed !== null ? (
          <ErrorNotice
            title="Models and datasets could not be loaded"
            error={failed}
            onRetry={() => {
              void datasets.refetch();
              void sessions.refetch();
              void models.refetch();
            }}
          />
        ) : datasets.data === undefined || sessions.data === undefined || models.data === undefined ? (
          <LoadingBlock what="models and datasets" />
        ) : sessions.data.length === 0 ? (
          <EmptyState
            title="No trained model yet"
            hint="Label some stretches of a recording and train on them; then predictions can be made for others."
          />
        ) : (
          <PredictForm
            projectId={projectId}
            datasets={datasets.data}
            sessions={sessions.data}
            models={models.data}
            datasetId={search.dataset}
            sessionId={search.session}
          />
        )}
        <PredictionTable
          projectId={projectId}
          datasetNames={new Map(datasets.data?.map(({ id, name }) => [id, name]))}
          modelNames={new Map(models.data?.map(({ id, name }) => [id, name]))}
        />
      </Stack>
    </Container>
  );
}

interface PredictionTableProps {
  projectId: number;
  datasetNames: ReadonlyMap<number, string>;
  modelNames: ReadonlyMap<number, string>;
}

function PredictionTable({ projectId, datasetNames, modelNames }: PredictionTableProps) {
  const [page, setPage] = useState(1);
  const predictions = useQuery(predictionsQuery(projectId, page));
  if (predictions.isPending) return <LoadingBlock what="the predictions" />;
  if (predictions.isError) {
    return (
      <ErrorNotice
        title="The predictions could not be loaded"
        error={predictions.error}
        onRetry={() => void predictions.refetch()}
      />
    );
  }
  if (predictions.data.total === 0) {
    return <EmptyState title="No predictions yet" hint="What models found is listed here, to be reviewed." />;
  }
  return (
    <>
      <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Predictions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Recording</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Made</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {predictions.data.rows.map((prediction) => (
            <Table.Tr key={prediction.id}>
              <Table.Td>
                <Link
                  to="/projects/$projectId/predictions/$predictionId"
                  params={{ projectId, predictionId: prediction.id }}
                  className="quiet-link"
                >
                  {datasetNames.get(prediction.dataset) ?? `Dataset ${prediction.dataset}`}
                </Link>
              </Table.Td>
              <Table.Td>{modelNames.get(prediction.model) ?? `Model ${prediction.model}`}</Table.Td>
              <Table.Td>
                {isUnderWay(prediction.status) ? (
                  <Progress
                    w={90}
                    size="sm"
                    animated
                    value={Math.max(prediction.progress, 3)}
                    aria-label="Predicting"
                  />
                ) : prediction.status === "completed" ? (
                  <StatusBadge status={prediction.review_status} words={{ pending: "to review" }} />
                ) : (
                  <StatusBadge status={prediction.status} />
                )}
              </Table.Td>
              <Table.Td className="one-line">{formatMoment(prediction.created_at)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Pager
        what="predictions"
        page={page}
        pageSize={PREDICTIONS_A_PAGE}
        total={predictions.data.total}
        onPage={setPage}
      />
    </>
  );
}
