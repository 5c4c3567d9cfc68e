import type { ColumnMapping, Question, Reread } from "@magtrace/contracts";
import { Alert, Button, Group, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../../../api/apiError.ts";
import { keys } from "../../../api/keys.ts";
import { ErrorNotice } from "../../../ui/ErrorNotice.tsx";
import { FindingsTable } from "../FindingsTable.tsx";
import { readFindings } from "../readFindings.ts";
import { mergeMapping } from "./mergeMapping.ts";
import { QuestionChoices } from "./QuestionChoices.tsx";
import type { Rereading } from "./useReread.ts";

interface RereadStatusProps {
  datasetId: number;
  rereading: Rereading;
  /** Somebody, here or elsewhere, has the file read again. */
  isUnderWay: boolean;
}

/** What becomes of a file that is read again: how far it is, that it is done and can be undone, or why it was not. */
export function RereadStatus({ datasetId, rereading, isUnderWay }: RereadStatusProps) {
  const { wanted, done, error, isPending, ask } = rereading;
  const progress = useQuery<number | null>({
    queryKey: keys.rereadProgress(datasetId),
    queryFn: () => null,
    enabled: false,
  });
  if (isPending || isUnderWay) {
    return (
      <div role="status">
        <Text size="sm">
          The file is being read again{isPending && wanted !== null ? ` ${wanted.label}` : ""}. Until it has
          been read, everything stays as it is.
        </Text>
        <Progress
          mt={4}
          size="sm"
          animated
          value={Math.max(progress.data ?? 0, 3)}
          aria-label="Reading the file again"
        />
      </div>
    );
  }
  if (error !== null) return <NotRead {...rereading} />;
  if (wanted === null || done === null) return null;
  return (
    <Alert color="teal" role="status" p="xs">
      <Group justify="space-between" gap="xs">
        <Text size="sm">Read again {wanted.label}.</Text>
        {madeLabels(done) ? (
          <Text size="xs">Undo above the chart takes the labels back.</Text>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            aria-label="Undo this reading"
            onClick={() => ask({ label: "as before", mapping: done.previous_mapping })}
          >
            Undo
          </Button>
        )}
      </Group>
    </Alert>
  );
}

/** Reading the file as before would leave these labels where they are. */
function madeLabels({ mapping, previous_mapping }: Reread): boolean {
  const column = mapping?.columns?.label;
  return column !== undefined && column !== previous_mapping?.columns?.label;
}

function NotRead({ wanted, error, ask }: Rereading) {
  const findings = readFindings(error);
  const questions = readQuestions(error);
  const answer = (added: ColumnMapping, label: string) => {
    ask({ label: `${wanted?.label ?? ""}, “${label}”`, mapping: mergeMapping(wanted?.mapping, added) });
  };
  return (
    <>
      <ErrorNotice title={`Not read again ${wanted?.label ?? ""}`} error={error} />
      {questions.map((question) => (
        <QuestionChoices key={question.asked} question={question} onAnswer={answer} />
      ))}
      {findings === null || questions.length > 0 ? null : <FindingsTable findings={findings} />}
    </>
  );
}

function readQuestions(error: unknown): readonly Question[] {
  if (!(error instanceof ApiError) || error.details === null || typeof error.details !== "object") return [];
  const { questions } = error.details as { questions?: unknown };
  return Array.isArray(questions) ? (questions as Question[]) : [];
}
