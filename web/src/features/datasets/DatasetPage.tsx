import { Container, Progress, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { isLost } from "../../api/apiError.ts";
import { FailedPage } from "../../ui/FailedPage.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { DatasetWorkbench } from "./DatasetWorkbench.tsx";
import { FailedReading } from "./FailedReading.tsx";
import { datasetQuery, listedDataset } from "./queries.ts";

/** One recording: the workbench when it can be read, else why it cannot (yet). */
export function DatasetPage() {
  const { projectId, datasetId } = useParams({ from: "/signed-in/projects/$projectId/datasets/$datasetId" });
  const client = useQueryClient();
  const dataset = useQuery({ ...datasetQuery(datasetId), ...listedDataset(client, datasetId) });
  if (dataset.isPending) return <LoadingBlock what="the dataset" />;
  if (dataset.data === undefined || isLost(dataset.error)) {
    return (
      <FailedPage
        title="The dataset could not be opened"
        error={dataset.error}
        onRetry={() => void dataset.refetch()}
      />
    );
  }
  if (dataset.data.processed) return <DatasetWorkbench key={datasetId} dataset={dataset.data} />;
  const { name, progress, status } = dataset.data;
  return (
    <Container size="md" py="xl">
      <PageHeading mb="sm">{name}</PageHeading>
      {status === "failed" ? (
        <FailedReading dataset={dataset.data} />
      ) : (
        <>
          <Text size="sm" mb="xs" role="status">
            The server is reading this file: {Math.floor(progress)} % done. It opens here by itself.
          </Text>
          <Progress value={Math.max(progress, 2)} animated aria-label="Reading the file" />
        </>
      )}
      <Link to="/projects/$projectId" params={{ projectId }} className="quiet-link">
        All datasets
      </Link>
    </Container>
  );
}
