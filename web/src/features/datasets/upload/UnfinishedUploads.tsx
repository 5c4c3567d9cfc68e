import type { Upload } from "@magtrace/contracts";
import { Button, FileButton, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorSentence } from "../../../api/apiError.ts";
import { ConfirmButton } from "../../../ui/ConfirmButton.tsx";
import { formatBytes } from "../../../ui/formatNumber.ts";
import { showFailure } from "../../../ui/notify.ts";
import type { UploadItem } from "../uploadItem.ts";
import { fingerprintOf } from "./fingerprintOf.ts";
import { discardUpload, type Unfinished, unfinishedQuery } from "./unfinishedUploads.ts";

interface UnfinishedUploadsProps {
  projectId: number;
  /** What the page itself has in hand is not shown twice. */
  items: readonly UploadItem[];
  onChosen: (file: File) => void;
}

/** Uploads that a reload, a closed browser or another computer left unfinished. The browser cannot open their files by itself. */
export function UnfinishedUploads({ projectId, items, onChosen }: UnfinishedUploadsProps) {
  const unfinished = useQuery(unfinishedQuery(projectId)).data ?? [];
  // With nothing of it there, there is nothing to go on with: dropped again, it is one upload like others.
  const shown = unfinished.filter(
    ({ upload }) =>
      (upload.status === "failed" || upload.offset > 0) &&
      !items.some(({ uploadId }) => uploadId === upload.id),
  );
  return shown.map((one) => (
    <UnfinishedRow key={one.upload.id} unfinished={one} projectId={projectId} onChosen={onChosen} />
  ));
}

interface UnfinishedRowProps {
  unfinished: Unfinished;
  projectId: number;
  onChosen: (file: File) => void;
}

function UnfinishedRow({ unfinished: { upload, isBeingSent }, projectId, onChosen }: UnfinishedRowProps) {
  const client = useQueryClient();
  const [isOther, setOther] = useState(false);
  const { file_name: name, length, offset } = upload;
  const isWanted = upload.status === "receiving" && !isBeingSent;

  async function choose(file: File | null) {
    if (file === null) return;
    const isSame = file.name === name && (await fingerprintOf(file)) === upload.fingerprint;
    setOther(!isSame);
    if (isSame) onChosen(file);
  }

  return (
    <Paper withBorder p="xs" component="article" aria-label={`Unfinished upload of ${name}`}>
      <Group justify="space-between" wrap="nowrap">
        <Group gap="0 8px" miw={0}>
          <Text size="sm" truncate maw="100%">
            <strong>{name}</strong>
          </Text>
          <Text size="sm">{wordsOf(upload, isBeingSent)}</Text>
        </Group>
        <Group gap="xs" wrap="nowrap">
          {isWanted ? (
            <FileButton
              onChange={(file) => void choose(file)}
              inputProps={{ "aria-label": `${name}, to go on with` }}
            >
              {(props) => (
                <Button size="compact-xs" aria-label={`Choose ${name} again`} {...props}>
                  Choose the file
                </Button>
              )}
            </FileButton>
          ) : null}
          {isBeingSent ? null : (
            <ConfirmButton
              size="compact-xs"
              variant="subtle"
              color="gray"
              aria-label={`Discard ${name}`}
              question={`Discard the upload of ${name}?`}
              consequence={`The ${formatBytes(offset)} that have arrived are deleted. The file on your computer stays.`}
              confirmLabel="Discard it"
              onConfirm={() =>
                void discardUpload(client, projectId, upload.id).catch((error: unknown) =>
                  showFailure("The upload was not discarded", errorSentence(error)),
                )
              }
            >
              Discard
            </ConfirmButton>
          )}
        </Group>
      </Group>
      {upload.status === "receiving" ? (
        <Progress
          mt={6}
          size="sm"
          color="gray"
          value={(offset / length) * 100}
          aria-label={`What is there of ${name}`}
        />
      ) : null}
      {isOther ? (
        <Stack gap={0} mt={6} role="alert">
          <Text size="sm" c="red">
            That is another file than the one that was begun: its name, length, date or content differs.
          </Text>
          <Text size="sm">
            Choose the one that was begun, or drop the other one above to send it as well.
          </Text>
        </Stack>
      ) : null}
    </Paper>
  );
}

function wordsOf({ status, error, offset, length }: Upload, isBeingSent: boolean): string {
  if (status === "failed") return `was not taken: ${error ?? "it failed."}`;
  const there = `${formatBytes(offset)} of ${formatBytes(length)}`;
  return isBeingSent
    ? `${there} are there; another tab is sending it`
    : `${there} are there: choose the file again to go on`;
}
