import type { Dataset, UserModel } from "@magtrace/contracts";
import {
  Accordion,
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { generatedName, useStartTraining } from "./queries.ts";
import { DEFAULT_FIELDS, type TrainingFields, trainingConfig } from "./trainingConfig.ts";

const NEW_MODEL = "new";

interface StartTrainingFormProps {
  projectId: number;
  models: readonly UserModel[];
  datasets: readonly Dataset[];
  datasetId: number | undefined;
}

const numberOrEmpty = (value: number | string): number | "" => (typeof value === "number" ? value : "");

/** Chooses what to learn from and how, and starts. Every choice has a default that fits most surveys. */
export function StartTrainingForm({ projectId, models, datasets, datasetId }: StartTrainingFormProps) {
  const navigate = useNavigate();
  const start = useStartTraining();
  const suggestion = useQuery({
    queryKey: ["generated-name", projectId],
    queryFn: () => generatedName(projectId),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [modelId, setModelId] = useState(NEW_MODEL);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>(
    datasets.some(({ id }) => id === datasetId)
      ? [String(datasetId)]
      : datasets[0] === undefined
        ? []
        : [String(datasets[0].id)],
  );
  const [fields, setFields] = useState<TrainingFields>(DEFAULT_FIELDS);
  const set = (change: Partial<TrainingFields>) => setFields((before) => ({ ...before, ...change }));

  const hasScalar = datasets.some(
    ({ id, channels }) => chosen.includes(String(id)) && !channels.includes("b_x"),
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    const [first, ...others] = chosen.map(Number);
    if (first === undefined) return;
    const config = trainingConfig(fields);
    start.mutate(
      {
        model:
          modelId === NEW_MODEL
            ? {
                project: projectId,
                name: name.trim() || suggestion.data?.name || "Random forest",
                model_type: "random_forest",
                hyperparameters: config,
              }
            : Number(modelId),
        dataset_id: first,
        additional_dataset_ids: others,
        training_config: config,
      },
      {
        onSuccess: (session) =>
          void navigate({
            to: "/projects/$projectId/training/$sessionId",
            params: { projectId, sessionId: session.id },
          }),
      },
    );
  }

  return (
    <Paper withBorder p="md" component="form" onSubmit={submit} aria-label="Start training">
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <Select
            label="Model"
            size="sm"
            allowDeselect={false}
            data={[
              { value: NEW_MODEL, label: "New model" },
              ...models.map((model) => ({
                value: String(model.id),
                label: `${model.name} (v${model.version})`,
              })),
            ]}
            value={modelId}
            onChange={(value) => setModelId(value ?? NEW_MODEL)}
          />
          {modelId === NEW_MODEL ? (
            <TextInput
              label="Name of the new model"
              placeholder={suggestion.data?.name ?? "Random forest"}
              maxLength={255}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          ) : (
            <div />
          )}
        </SimpleGrid>
        <MultiSelect
          label="Learn from the labels of"
          searchable
          data={datasets.map((dataset) => ({ value: String(dataset.id), label: dataset.name }))}
          value={chosen}
          onChange={setChosen}
          error={chosen.length === 0 ? "Choose at least one dataset." : null}
        />
        <Accordion variant="separated" chevronPosition="left">
          <Accordion.Item value="how">
            <Accordion.Control>How to learn</Accordion.Control>
            <Accordion.Panel>
              <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="sm">
                <Select
                  label="What is classified"
                  allowDeselect={false}
                  data={[
                    { value: "window", label: "windows: finds stretches in new recordings" },
                    { value: "annotation", label: "whole labels: one label, one example" },
                  ]}
                  value={fields.unit}
                  onChange={(unit) => set({ unit: unit as TrainingFields["unit"] })}
                />
                <NumberInput
                  label="Window, seconds"
                  placeholder="from the labels"
                  disabled={fields.unit === "annotation"}
                  min={0.01}
                  max={86_400}
                  value={fields.windowSeconds}
                  onChange={(value) => set({ windowSeconds: numberOrEmpty(value) })}
                />
                <Select
                  label="Unlabelled rows"
                  disabled={fields.unit === "annotation"}
                  allowDeselect={false}
                  data={[
                    { value: "auto", label: "background if there is one category" },
                    { value: "yes", label: "are background, a class of their own" },
                    { value: "no", label: "are left out" },
                  ]}
                  value={fields.background}
                  onChange={(value) => set({ background: value as TrainingFields["background"] })}
                />
                <NumberInput
                  label="Trees"
                  min={1}
                  max={2000}
                  allowDecimal={false}
                  value={fields.trees}
                  onChange={(value) => set({ trees: numberOrEmpty(value) })}
                />
                <NumberInput
                  label="Seed"
                  min={0}
                  max={2 ** 31 - 1}
                  allowDecimal={false}
                  value={fields.seed}
                  onChange={(value) => set({ seed: numberOrEmpty(value) })}
                />
                <Select
                  label="Field level"
                  allowDeselect={false}
                  data={[
                    { value: "relative", label: "relative to the slow background" },
                    { value: "absolute", label: "absolute: the place itself matters" },
                  ]}
                  value={fields.level}
                  onChange={(value) => set({ level: value as TrainingFields["level"] })}
                />
                <Select
                  label="Attitude of the sensor"
                  disabled={hasScalar}
                  description={hasScalar ? "One of the datasets has the total field alone." : undefined}
                  allowDeselect={false}
                  data={[
                    { value: "keep", label: "matters" },
                    { value: "invariant", label: "does not matter" },
                  ]}
                  value={fields.attitude}
                  onChange={(value) => set({ attitude: value as TrainingFields["attitude"] })}
                />
              </SimpleGrid>
              <Text size="xs" c="dimmed" mt="sm">
                Same labels, settings and seed give the same model, byte for byte.
              </Text>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        {start.isError ? <ErrorNotice title="Training was not started" error={start.error} /> : null}
        <Group>
          <Button type="submit" loading={start.isPending} disabled={chosen.length === 0}>
            Start training
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
