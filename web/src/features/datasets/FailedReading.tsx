import type { ColumnMapping, Dataset } from "@magtrace/contracts";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { useRights } from "../projects/rights.ts";
import { FindingsTable } from "./FindingsTable.tsx";
import { useRetryReading } from "./queries.ts";
import { mergeMapping } from "./reading/mergeMapping.ts";
import { QuestionChoices } from "./reading/QuestionChoices.tsx";

/** Why a file could not be read, and how it can be: by answering what it leaves open, or by trying again. */
export function FailedReading({ dataset }: { dataset: Dataset }) {
  const { mayEdit } = useRights(dataset.project);
  const retry = useRetryReading(dataset.id);
  const { error, findings, questions = [] } = dataset;
  const read = (mapping?: ColumnMapping) => retry.mutate(mapping);
  return (
    <Alert color="red" title="This file could not be read" role="alert">
      <Stack gap="sm">
        <Text size="sm">{error ?? "Mend it as the table says and upload it again."}</Text>
        {findings.length === 0 ? null : (
          <FindingsTable findings={{ shown: findings, total: findings.length }} />
        )}
        {mayEdit
          ? questions.map((question) => (
              <QuestionChoices
                key={question.asked}
                question={question}
                isBusy={retry.isPending}
                onAnswer={(added) => read(mergeMapping(dataset.mapping, added))}
              />
            ))
          : null}
        {mayEdit && findings.length === 0 ? (
          <Group>
            <Button size="compact-sm" loading={retry.isPending} onClick={() => read()}>
              Read it again
            </Button>
          </Group>
        ) : null}
        {retry.error === null ? null : <ErrorNotice title="It could not be read again" error={retry.error} />}
      </Stack>
    </Alert>
  );
}
