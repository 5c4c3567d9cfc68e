import type { Dataset } from "@magtrace/contracts";
import { Button, FileButton, Group, Paper, Progress, Select, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useState, useSyncExternalStore } from "react";
import { keys } from "../../api/keys.ts";
import { uploadFile } from "../../api/uploadFile.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { countOf, formatBytes } from "../../ui/formatNumber.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { FindingsTable } from "./FindingsTable.tsx";
import { readFindings } from "./readFindings.ts";
import classes from "./UploadZone.module.css";
import { type UploadItem, UploadQueue } from "./uploadQueue.ts";

const UNITS = ["nT", "µT", "mT", "T", "G", "mG", "pT"];
const AS_IN_FILE = "file";

/** Takes recordings by drop or by choosing them, and shows each one's way to the server. */
export function UploadZone({ projectId }: { projectId: number }) {
  const client = useQueryClient();
  const [queue] = useState(
    () =>
      new UploadQueue(
        (file, fields, onProgress) => uploadFile<Dataset>("datasets/upload/", file, fields, onProgress),
        () => void client.invalidateQueries({ queryKey: keys.datasets }),
      ),
  );
  const items = useSyncExternalStore(queue.subscribe, queue.items);
  const [isOver, setOver] = useState(false);
  const [unit, setUnit] = useState(AS_IN_FILE);

  function add(files: File[]) {
    if (files.length === 0) return;
    queue.add(files, {
      project: String(projectId),
      ...(unit === AS_IN_FILE ? {} : { mapping: JSON.stringify({ unit }) }),
    });
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    add([...event.dataTransfer.files]);
  }

  return (
    <Stack gap="xs">
      <section
        aria-label="Upload recordings"
        className={`${classes.zone} ${isOver ? classes.over : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <div>
          <Text fw={600} size="sm">
            Drop recordings here
          </Text>
          <Text size="xs" c="dimmed">
            CSV or TSV with timestamp_pc and b_x, b_y, b_z, or the total field b alone (or what phyphox and
            Sensor Logger write), Arrow, Parquet; plain, gzip or zstd.
          </Text>
        </div>
        <Group gap="sm">
          <Select
            size="xs"
            w={170}
            aria-label="Unit of the field"
            data={[
              { value: AS_IN_FILE, label: "Unit: as the file says" },
              ...UNITS.map((value) => ({ value, label: `Unit: ${value}` })),
            ]}
            value={unit}
            onChange={(value) => setUnit(value ?? AS_IN_FILE)}
            allowDeselect={false}
          />
          <FileButton onChange={add} multiple inputProps={{ "aria-label": "Recordings to upload" }}>
            {(props) => (
              <Button size="xs" {...props}>
                Choose files
              </Button>
            )}
          </FileButton>
        </Group>
      </section>
      {items.map((item) => (
        <UploadRow key={item.id} item={item} projectId={projectId} onRemove={() => queue.remove(item.id)} />
      ))}
    </Stack>
  );
}

interface UploadRowProps {
  item: UploadItem;
  projectId: number;
  onRemove: () => void;
}

function UploadRow({ item, projectId, onRemove }: UploadRowProps) {
  const { file, state } = item;
  const findings = state.kind === "failed" ? readFindings(state.error) : null;
  const isUnderWay = state.kind === "waiting" || state.kind === "sending" || state.kind === "reading";
  return (
    <Paper withBorder p="xs" aria-label={`Upload of ${file.name}`} component="article">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" truncate>
          <strong>{file.name}</strong> · {formatBytes(file.size)} · {stateText(item)}
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
          <Button size="compact-xs" variant="subtle" color="gray" onClick={onRemove}>
            {isUnderWay ? "Cancel" : "Dismiss"}
          </Button>
        </Group>
      </Group>
      {isUnderWay ? (
        <Progress
          mt={6}
          size="sm"
          value={state.kind === "sending" ? state.fraction * 100 : state.kind === "reading" ? 100 : 0}
          animated={state.kind === "reading"}
          aria-label={`Progress of ${file.name}`}
        />
      ) : null}
      {state.kind === "failed" ? (
        <Stack gap="xs" mt="xs">
          <ErrorNotice title={`${file.name} was not taken`} error={state.error} />
          {findings === null ? null : <FindingsTable findings={findings} />}
        </Stack>
      ) : null}
    </Paper>
  );
}

function stateText({ state }: UploadItem): string {
  switch (state.kind) {
    case "waiting":
      return "waiting";
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
