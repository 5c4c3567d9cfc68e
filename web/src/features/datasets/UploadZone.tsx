import { Button, FileButton, Group, Select, Stack, Text } from "@mantine/core";
import { type DragEvent, lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { inspectFor } from "./import/inspectFile.ts";
import { UploadRow } from "./UploadRow.tsx";
import classes from "./UploadZone.module.css";
import { useUploadQueue } from "./upload/projectQueues.ts";
import { UnfinishedUploads } from "./upload/UnfinishedUploads.tsx";
import { isAsking } from "./uploadItem.ts";

const UNITS = ["nT", "µT", "mT", "T", "G", "mG", "pT"] as const;
const AS_IN_FILE = "file";

/** Loaded when the first file has something to be asked. */
const ImportDialog = lazy(async () => ({
  default: (await import("./import/ImportDialog.tsx")).ImportDialog,
}));

/** Takes recordings by drop or by choosing them, and shows each one's way to the server. */
export function UploadZone({ projectId }: { projectId: number }) {
  const [inspect] = useState(() => inspectFor(projectId));
  const queue = useUploadQueue(projectId);
  const items = useSyncExternalStore(queue.subscribe, queue.items);
  // Whoever comes back later finds what was taken in among the datasets.
  useEffect(() => () => queue.dropDone(), [queue]);
  const [isOver, setOver] = useState(false);
  const [unit, setUnit] = useState<string>(AS_IN_FILE);
  const asking = items.filter(isAsking);
  const asked = asking.find(({ isAside }) => !isAside);

  function add(files: File[]) {
    if (files.length === 0) return;
    const said = UNITS.find((one) => one === unit);
    queue.add(files, said === undefined ? {} : { unit: said });
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
            Text with columns, as loggers, phones, observatories and spreadsheets write it, Arrow, Parquet,
            ULog, ZIP; plain, gzip or zstd. What a file leaves open is asked before it is read.
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
        <UploadRow
          key={item.id}
          item={item}
          projectId={projectId}
          onAsk={() => queue.ask(item.id)}
          onRetry={() => queue.retry(item.id)}
          onPause={() => queue.pause(item.id)}
          onResume={() => queue.resume(item.id)}
          onRemove={() => queue.remove(item.id)}
        />
      ))}
      <UnfinishedUploads projectId={projectId} items={items} onChosen={(file) => queue.add([file], {})} />
      {asked === undefined ? null : (
        <Suspense fallback={null}>
          <ImportDialog
            key={asked.id}
            item={asked}
            projectId={projectId}
            inspect={inspect}
            alike={queue.alike(asked.id).length}
            others={asking.length - 1}
            onRead={(mapping, inspection, isForAlike) => {
              if (isForAlike) queue.readAlike(queue.alike(asked.id), mapping);
              queue.read(asked.id, mapping, inspection);
            }}
            onLater={(mapping, doubt) => queue.putAside(asked.id, mapping, doubt)}
            onRemove={() => queue.remove(asked.id)}
          />
        </Suspense>
      )}
    </Stack>
  );
}
