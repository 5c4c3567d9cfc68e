import { Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { countOf, formatBytes } from "../../ui/formatNumber.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { FindingsTable } from "./FindingsTable.tsx";
import { doubtWords } from "./import/doubts.ts";
import { keptDataset } from "./keptDataset.ts";
import { readFindings } from "./readFindings.ts";
import { isUnderWay, type UploadItem, type UploadState } from "./uploadItem.ts";

interface UploadRowProps {
  item: UploadItem;
  projectId: number;
  onAsk: () => void;
  onRetry: () => void;
  onPause: () => void;
  onResume: () => void;
  onRemove: () => void;
}

/** One file on its way: where it is, and what can be done about it. */
export function UploadRow({ item, projectId, onAsk, onRetry, onPause, onResume, onRemove }: UploadRowProps) {
  const { file, state, inspection } = item;
  return (
    <Paper withBorder p="xs" aria-label={`Upload of ${file.name}`} component="article">
      <Group justify="space-between" wrap="nowrap">
        {/* A long name is cut off before anything that changes is. */}
        <Group gap="0 8px" miw={0}>
          <Text size="sm" truncate maw="100%">
            <strong>{file.name}</strong>
          </Text>
          <Text size="sm">
            {formatBytes(file.size)} · {stateText(item)}
            {inspection?.profile ? ` · read by the profile “${inspection.profile.name}”` : ""}
          </Text>
        </Group>
        <Group gap="xs" wrap="nowrap">
          {state.kind === "done" && (state.dataset.processed || state.dataset.status === "failed") ? (
            <LinkButton
              size="compact-xs"
              variant="light"
              to="/projects/$projectId/datasets/$datasetId"
              params={{ projectId, datasetId: state.dataset.id }}
            >
              {state.dataset.processed ? "Open" : "See why"}
            </LinkButton>
          ) : null}
          {state.kind === "asking" ? (
            <Button size="compact-xs" aria-label={`Decide how ${file.name} is read`} onClick={onAsk}>
              Decide
            </Button>
          ) : null}
          {state.kind === "sending" && item.uploadId !== null ? (
            <Button size="compact-xs" variant="light" aria-label={`Pause ${file.name}`} onClick={onPause}>
              Pause
            </Button>
          ) : null}
          {state.kind === "paused" ? (
            <Button size="compact-xs" aria-label={`Resume ${file.name}`} onClick={onResume}>
              Resume
            </Button>
          ) : null}
          <Button size="compact-xs" variant="subtle" color="gray" onClick={onRemove}>
            {isUnderWay(item) ? "Cancel" : "Dismiss"}
          </Button>
        </Group>
      </Group>
      {isUnderWay(item) && state.kind !== "asking" ? (
        <Progress
          mt={6}
          size="sm"
          value={percentOf(state)}
          {...(isStopped(state) ? { color: "gray" } : {})}
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

function percentOf(state: UploadState): number {
  if (state.kind === "reading") return 100;
  return state.kind === "sending" || state.kind === "paused" ? state.fraction * 100 : 0;
}

const isStopped = (state: UploadState): boolean =>
  state.kind === "paused" || (state.kind === "sending" && state.interruption !== null);

function stateText(item: UploadItem): string {
  const { state } = item;
  const percent = Math.floor(percentOf(state));
  switch (state.kind) {
    case "new":
      return item.isAnew ? "what had arrived has expired; begins anew" : "waiting";
    case "waiting":
      return item.isAnew ? "what had arrived has expired; waiting to begin anew" : "waiting";
    case "inspecting":
      return "looking at it";
    case "asking":
      return `waits for you: ${doubtWords(state.doubt)}`;
    case "sending":
      if (state.interruption !== null) return `${state.interruption}; ${percent} % sent`;
      return item.isAnew
        ? `what had arrived has expired; sending anew, ${percent} %`
        : `sending, ${percent} %`;
    case "paused":
      return `paused at ${percent} %`;
    case "reading":
      return "sent; the server is reading it";
    case "done":
      if (state.dataset.status === "failed") return "taken, but it could not be read yet";
      return state.dataset.processed
        ? `${countOf(state.dataset.total_records, "reading")} taken in`
        : "taken; still being read";
    case "failed":
      return "refused";
  }
}
