import { Alert, Container, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { isLost } from "../../api/apiError.ts";
import { FailedPage } from "../../ui/FailedPage.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { datasetQuery } from "../datasets/queries.ts";
import { isUnderWay } from "../training/queries.ts";
import { predictionQuery } from "./queries.ts";
import { ReviewWorkbench } from "./ReviewWorkbench.tsx";

/** One prediction: its progress while it is made, then the review. */
export function ReviewPage() {
  const { predictionId } = useParams({ from: "/signed-in/projects/$projectId/predictions/$predictionId" });
  const prediction = useQuery(predictionQuery(predictionId));
  const datasetId = prediction.data?.dataset;
  const dataset = useQuery({ ...datasetQuery(datasetId ?? 0), enabled: datasetId !== undefined });
  const failed = prediction.error ?? dataset.error;
  const isShown = prediction.data !== undefined && dataset.data !== undefined;
  if (failed !== null && (!isShown || isLost(failed))) {
    return (
      <FailedPage
        title="The prediction could not be opened"
        error={failed}
        onRetry={() => {
          void prediction.refetch();
          void dataset.refetch();
        }}
      />
    );
  }
  if (prediction.data === undefined || dataset.data === undefined)
    return <LoadingBlock what="the prediction" />;
  const { status, progress, error_message: message } = prediction.data;
  if (isUnderWay(status)) {
    return (
      <Container size="sm" py="xl">
        <PageHeading mb="sm">{`Searching ${dataset.data.name}`}</PageHeading>
        <Progress
          size="lg"
          animated
          value={Math.max(progress, 1)}
          aria-label={`Predicting, ${Math.floor(progress)} %`}
        />
        <Text size="sm" mt="xs" role="status">
          {status === "pending"
            ? "Waiting for a free worker."
            : `${Math.floor(progress)} % of the recording searched.`}{" "}
          What was found opens here by itself.
        </Text>
      </Container>
    );
  }
  if (status !== "completed") {
    return (
      <Container size="sm" py="xl">
        <PageHeading mb="sm">{`Review: ${dataset.data.name}`}</PageHeading>
        <Alert color="red" title="There is nothing to review" role="alert">
          {message ?? "The prediction ended without a result. Start it again."}
        </Alert>
      </Container>
    );
  }
  return <ReviewWorkbench key={predictionId} prediction={prediction.data} dataset={dataset.data} />;
}
