import type { Dataset, TrainingSession, UserModel } from "@magtrace/contracts";
import { Button, Group, Paper, Select, SimpleGrid, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatShare } from "../../ui/formatNumber.ts";
import { useCreatePrediction } from "./queries.ts";

interface PredictFormProps {
  projectId: number;
  datasets: readonly Dataset[];
  sessions: readonly TrainingSession[];
  models: readonly UserModel[];
  datasetId: number | undefined;
  sessionId: number | undefined;
}

/** Chooses a trained model and the recording to search with it. */
export function PredictForm(props: PredictFormProps) {
  const { projectId, datasets, sessions, models } = props;
  const navigate = useNavigate();
  const create = useCreatePrediction();
  const [dataset, setDataset] = useState<string | null>(
    datasets.some(({ id }) => id === props.datasetId) ? String(props.datasetId) : null,
  );
  const [session, setSession] = useState<string | null>(
    sessions.some(({ id }) => id === props.sessionId)
      ? String(props.sessionId)
      : sessions[0] === undefined
        ? null
        : String(sessions[0].id),
  );
  const names = new Map(models.map(({ id, name }) => [id, name]));

  function submit(event: FormEvent) {
    event.preventDefault();
    if (dataset === null || session === null) return;
    create.mutate(
      { dataset: Number(dataset), training_session: Number(session) },
      {
        onSuccess: (prediction) =>
          void navigate({
            to: "/projects/$projectId/predictions/$predictionId",
            params: { projectId, predictionId: prediction.id },
          }),
      },
    );
  }

  return (
    <Paper withBorder p="md" component="form" onSubmit={submit} aria-label="Start a prediction">
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <Select
            label="Trained model"
            searchable
            allowDeselect={false}
            data={sessions.map(({ id, model, final_metrics: metrics }) => ({
              value: String(id),
              label: `${names.get(model) ?? `Model ${model}`} · session ${id}${
                typeof metrics.accuracy === "number" ? ` · accuracy ${formatShare(metrics.accuracy)}` : ""
              }`,
            }))}
            value={session}
            onChange={setSession}
          />
          <Select
            label="Recording to search"
            placeholder="Choose a dataset"
            searchable
            allowDeselect={false}
            data={datasets.map(({ id, name }) => ({ value: String(id), label: name }))}
            value={dataset}
            onChange={setDataset}
          />
        </SimpleGrid>
        {create.isError ? <ErrorNotice title="The prediction was not started" error={create.error} /> : null}
        <Group>
          <Button type="submit" loading={create.isPending} disabled={dataset === null || session === null}>
            Predict
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
