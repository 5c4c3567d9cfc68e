import type { Job } from "@magtrace/contracts";
import { Drawer, Stack, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatInstant } from "../../ui/formatMoment.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { JobActions } from "./JobActions.tsx";
import { JobBadge, tookWords } from "./JobTable.tsx";
import { QUEUE_WORDS } from "./jobWords.ts";
import { jobQuery } from "./queries.ts";

interface JobDrawerProps {
  id: string;
  onClose: () => void;
}

/** Everything known of one job. */
export function JobDrawer({ id, onClose }: JobDrawerProps) {
  const job = useQuery(jobQuery(id));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="md"
      title="Job"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {job.isPending ? (
        <LoadingBlock what="the job" />
      ) : job.isError ? (
        <ErrorNotice
          title="The job could not be loaded"
          error={job.error}
          onRetry={() => void job.refetch()}
        />
      ) : (
        <JobDetail job={job.data} />
      )}
    </Drawer>
  );
}

function JobDetail({ job }: { job: Job }) {
  const moment = (timestamp: string | null) => (timestamp === null ? null : formatInstant(timestamp));
  const facts: [string, ReactNode][] = [
    ["Work", QUEUE_WORDS[job.queue]],
    ["About", job.subject],
    ["State", <JobBadge key="state" job={job} />],
    [job.state === "completed" ? "Failed before with" : "Error", job.error],
    ["Organisation", job.organization_name ?? job.organization],
    ["Project", job.project],
    ["Asked for by", job.user_name],
    ["Asked for", moment(job.created_at)],
    ["Begins again", moment(job.run_after)],
    ["Begun", moment(job.started_at)],
    ["Ended", moment(job.finished_at)],
    ["Took", job.finished_at === null ? null : tookWords(job)],
    ["Tries", `${job.tries} of ${job.most_tries}`],
    ["Kept until", moment(job.expires_at)],
    ["Number", job.id],
  ];
  return (
    <Stack>
      <Table aria-label="Details" variant="vertical" layout="fixed" verticalSpacing={4}>
        <Table.Tbody>
          {facts.map(([name, value]) =>
            value === null ? null : (
              <Table.Tr key={name}>
                <Table.Th w={130}>{name}</Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </Table>
      <JobActions job={job} />
    </Stack>
  );
}
