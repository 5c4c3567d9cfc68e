import type { Job } from "@magtrace/contracts";
import { Button, Group } from "@mantine/core";
import { errorSentence } from "../../api/apiError.ts";
import { ConfirmButton } from "../../ui/ConfirmButton.tsx";
import { showDone, showFailure } from "../../ui/notify.ts";
import { showUndo } from "../../ui/showUndo.tsx";
import { QUEUE_WORDS } from "./jobWords.ts";
import { useCancelJob, useRetryJob } from "./queries.ts";

export const nameOf = ({ queue, subject }: Job): string =>
  subject === null ? QUEUE_WORDS[queue] : `${QUEUE_WORDS[queue]}, ${subject}`;

/** What can be done about a job. What loses nothing is done at once and can be undone; the rest is asked about. */
export function JobActions({ job }: { job: Job }) {
  const retry = useRetryJob();
  const cancel = useCancelJob();
  const name = nameOf(job);
  const refused = (title: string) => ({
    onError: (error: Error) => showFailure(title, errorSentence(error)),
  });
  const doRetry = (undoable: boolean) =>
    retry.mutate(job.id, {
      ...refused("The job was not retried"),
      onSuccess: () =>
        undoable ? showUndo(`${name}: retried.`, () => doCancel(false)) : showDone(`${name}: retried.`),
    });
  const doCancel = (undoable: boolean) =>
    cancel.mutate(job.id, {
      ...refused("The job was not cancelled"),
      onSuccess: () =>
        undoable ? showUndo(`${name}: cancelled.`, () => doRetry(false)) : showDone(`${name}: cancelled.`),
    });
  const button = { size: "compact-xs", variant: "subtle" } as const;
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {job.can_retry ? (
        <Button
          {...button}
          loading={retry.isPending}
          aria-label={`Retry ${name}`}
          onClick={() => doRetry(true)}
        >
          Retry
        </Button>
      ) : null}
      {job.can_cancel && job.state !== "active" ? (
        <Button
          {...button}
          color="red"
          loading={cancel.isPending}
          aria-label={`Cancel ${name}`}
          onClick={() => doCancel(true)}
        >
          Cancel
        </Button>
      ) : null}
      {job.can_cancel && job.state === "active" ? (
        <ConfirmButton
          {...button}
          color="red"
          loading={cancel.isPending}
          aria-label={`Cancel ${name}`}
          question={`Cancel ${name}?`}
          consequence="It is running. What it has done so far is lost; it can be retried, and then begins anew."
          confirmLabel="Cancel the job"
          onConfirm={() => doCancel(false)}
        >
          Cancel
        </ConfirmButton>
      ) : null}
    </Group>
  );
}
