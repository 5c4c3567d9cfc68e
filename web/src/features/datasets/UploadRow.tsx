import { Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { countOf, formatBytes } from "../../ui/formatNumber.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { FindingsTable } from "./FindingsTable.tsx";
import { doubtWords } from "./import/doubts.ts";
import { keptDataset } from "./keptDataset.ts";
import { readFindings } from "./readFindings.ts";
import type { UploadItem } from "./uploadQueue.ts";

interface UploadRowProps {
  item: UploadItem;
  projectId: number;
  onAsk: () => void;
  onRetry: () => void;
  onRemove: () => void;
}

/** One file on its way: where it is, and what can be done about it. */
export function UploadRow({ item, projectId, onAsk, onRetry, onRemove }: UploadRowProps) {
  const { file, state, inspection } = item;
  const isUnderWay = UNDER_WAY.has(state.kind);
  return (
    <Paper withBorder p="xs" aria-label={`Upload of ${file.name}`} component="article">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" truncate>
          <strong>{file.name}</strong> · {formatBytes(file.size)} · {stateText(item)}
          {inspection?.profile ? ` · read by the profile “${inspection.profile.name}”` : ""}
        </Text>
        <Group gap="xs" wrap="nowrap">
          {state.kind === "done" && state.dataset.processed ? (
            <LinkButton
              size="compact-xs"
              variant="light"
              to="/projects/$projectId/datasets/$datasetId"
              params={{ projectId, datasetId: state.dataset.id }}
            >
              Open
            </LinkButton>
          ) : null}
          {state.kind === "asking" ? (
            <Button size="compact-xs" aria-label={`Decide how ${file.name} is read`} onClick={onAsk}>
              Decide
            </Button>
          ) : null}
          <Button size="compact-xs" variant="subtle" color="gray" onClick={onRemove}>
            {isUnderWay ? "Cancel" : "Dismiss"}
          </Button>
        </Group>
      </Group>
      {isUnderWay && state.kind !== "asking" ? (
        <Progress
          mt={6}
          size="sm"
          value={state.kind === "sending" ? state.fraction * 100 : state.kind === "reading" ? 100 : 0}
          animated={state.kind === "reading"}
          aria-label={`Progress of ${file.name}`}
        />
      ) : null}
      {state.kind === "failed" ? (
        <Failure item={item} projectId={projectId} error={state.error} onAsk={onAsk} onRetry={onRetry} />
      ) : null}
    </Paper>
  );
}

interface FailureProps {
  item: UploadItem;
  projectId: number;
  error: unknown;
  onAsk: () => void;
  onRetry: () => void;
}

/**
 * Why a file was not taken. One that cannot be read can be read otherwise, one that is kept is read again on its page,
 * and anything else is sent again.
 */
function Failure({ item, projectId, error, onAsk, onRetry }: FailureProps) {
  const findings = readFindings(error);
  const kept = keptDataset(error);
  return (
    <Stack gap="xs" mt="xs">
      <ErrorNotice
        title={`${item.file.name} was not ${kept === null ? "taken" : "read"}`}
        error={error}
        onRetry={findings === null && kept === null ? onRetry : undefined}
      />
      {kept === null ? null : (
        <Group>
          <LinkButton
            size="compact-sm"
            to="/projects/$projectId/datasets/$datasetId"
            params={{ projectId, datasetId: kept }}
          >
            Open the kept file
          </LinkButton>
        </Group>
      )}
      {findings === null ? null : <FindingsTable findings={findings} />}
      {findings === null || item.inspection === null ? null : (
        <Group>
          <Button size="compact-sm" variant="default" onClick={onAsk}>
            Read it otherwise
          </Button>
        </Group>
      )}
    </Stack>
  );
}

const UNDER_WAY: ReadonlySet<UploadItem["state"]["kind"]> = new Set([
  "new",
  "inspecting",
  "asking",
  "waiting",
  "sending",
  "reading",
]);

function stateText({ state }: UploadItem): string {
  switch (state.kind) {
    case "new":
    case "waiting":
      return "waiting";
    case "inspecting":
      return "looking at it";
    case "asking":
      return `waits for you: ${doubtWords(state.doubt)}`;
    case "sending":
      return `sending, ${Math.floor(state.fraction * 100)} %`;
    case "reading":
      return "sent; the server is reading it";
    case "done":
      return state.dataset.processed
        ? `${countOf(state.dataset.total_records, "reading")} taken in`
        : "taken; still being read";
    case "failed":
      return "refused";
  }
}
