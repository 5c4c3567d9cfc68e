import type { Dataset } from "@magtrace/contracts";
import { Container, Progress, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { formatBytes, formatCount } from "../../ui/formatNumber.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showFailure } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { useRights } from "../projects/rights.ts";
import { DATASETS_A_PAGE, datasetsQuery, useDeleteDataset } from "./queries.ts";
import { UploadZone } from "./UploadZone.tsx";

export function DatasetsPage() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/" });
  const [page, setPage] = useState(1);
  const datasets = useQuery(datasetsQuery(projectId, page));
  const { mayEdit } = useRights(projectId);

  return (
    <Container size="lg" py="md">
      <Stack gap="md">
        <PageHeading>Datasets</PageHeading>
        {mayEdit ? <UploadZone projectId={projectId} /> : null}
        {datasets.isPending ? (
          <LoadingBlock what="the datasets" />
        ) : datasets.isError ? (
          <ErrorNotice
            title="The datasets could not be loaded"
            error={datasets.error}
            onRetry={() => void datasets.refetch()}
          />
        ) : datasets.data.total === 0 ? (
          <EmptyState
            title="No recordings yet"
            hint={
              mayEdit
                ? "Drop a file above. When it has been read, all of it is shown here at once and any part of it at full resolution."
                : "Somebody who may edit this project has to upload one."
            }
          />
        ) : (
          <>
            <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Datasets">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th ta="right">Readings</Table.Th>
                  <Table.Th ta="right">Sensors</Table.Th>
                  <Table.Th ta="right">File</Table.Th>
                  <Table.Th>Uploaded</Table.Th>
                  <Table.Th>
                    <span className="visually-hidden">Actions</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {datasets.data.rows.map((dataset) => (
                  <DatasetRow key={dataset.id} dataset={dataset} mayEdit={mayEdit} />
                ))}
              </Table.Tbody>
            </Table>
            <Pager
              what="datasets"
              page={page}
              pageSize={DATASETS_A_PAGE}
              total={datasets.data.total}
              onPage={setPage}
            />
          </>
        )}
      </Stack>
    </Container>
  );
}

function DatasetRow({ dataset, mayEdit }: { dataset: Dataset; mayEdit: boolean }) {
  const remove = useDeleteDataset();
  const isUnderWay = dataset.status === "pending" || dataset.status === "running";
  return (
    <Table.Tr>
      <Table.Td>
        {dataset.processed ? (
          <Link
            to="/projects/$projectId/datasets/$datasetId"
            params={{ projectId: dataset.project, datasetId: dataset.id }}
            className="quiet-link"
          >
            {dataset.name}
          </Link>
        ) : (
          dataset.name
        )}
        {dataset.error === null ? null : (
          <Text size="xs" c="red">
            {dataset.error}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {isUnderWay ? (
          <Progress
            w={90}
            size="sm"
            animated
            value={Math.max(dataset.progress, 3)}
            aria-label={`Reading ${dataset.name}`}
          />
        ) : (
          <StatusBadge status={dataset.status} words={{ completed: "ready" }} />
        )}
      </Table.Td>
      <Table.Td ta="right">{dataset.processed ? formatCount(dataset.total_records) : "–"}</Table.Td>
      <Table.Td ta="right">{dataset.processed ? formatCount(dataset.tracks.length) : "–"}</Table.Td>
      <Table.Td ta="right">{formatBytes(dataset.original_bytes)}</Table.Td>
      <Table.Td className="one-line">{formatMoment(dataset.uploaded_at)}</Table.Td>
      <Table.Td ta="right">
        {mayEdit ? (
          <ConfirmButton
            size="compact-xs"
            variant="subtle"
            color="red"
            loading={remove.isPending}
            aria-label={`Delete ${dataset.name}`}
            question={`Delete ${dataset.name}?`}
            consequence="Its readings, labels and predictions are deleted with it."
            confirmLabel="Delete the dataset"
            onConfirm={() =>
              remove.mutate(dataset.id, {
                onError: (error) => showFailure("The dataset was not deleted", errorSentence(error)),
              })
            }
          >
            Delete
          </ConfirmButton>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
