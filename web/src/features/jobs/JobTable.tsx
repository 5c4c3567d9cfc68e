import type { Job } from "@magtrace/contracts";
import { Badge, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { formatDuration, formatInstant } from "../../ui/formatMoment.ts";
import { JobActions } from "./JobActions.tsx";
import type { JobSearch } from "./jobSearch.ts";
import { QUEUE_WORDS, STATE_COLORS, STATE_WORDS } from "./jobWords.ts";

interface JobTableProps {
  jobs: readonly Job[];
  search: JobSearch;
}

export function JobTable({ jobs, search }: JobTableProps) {
  return (
    <Table.ScrollContainer minWidth={900}>
      <Table withTableBorder highlightOnHover verticalSpacing={6} aria-label="Jobs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Job</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>For</Table.Th>
            <Table.Th>Asked for</Table.Th>
            <Table.Th ta="right">Took</Table.Th>
            <Table.Th ta="right">Tries</Table.Th>
            <Table.Th>
              <span className="visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} search={search} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function JobRow({ job, search }: { job: Job; search: JobSearch }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Link to="/administration/jobs" search={{ ...search, job: job.id }} className="quiet-link">
          {QUEUE_WORDS[job.queue]}
        </Link>
        {job.subject === null ? null : (
          <Text size="xs" c="dimmed">
            {job.subject}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={360}>
        <Stack gap={2} align="flex-start">
          <JobBadge job={job} />
          {job.error === null || job.state === "completed" ? null : (
            <Text size="xs" c="dimmed" lineClamp={2}>
              {job.error}
            </Text>
          )}
        </Stack>
      </Table.Td>
      <Table.Td>
        {job.organization === null ? (
          <Text size="sm" c="dimmed">
            the installation
          </Text>
        ) : (
          <>
            {job.organization_name ?? `organisation ${job.organization}`}
            {job.user_name === null ? null : (
              <Text size="xs" c="dimmed">
                {job.user_name}
              </Text>
            )}
          </>
        )}
      </Table.Td>
      <Table.Td className="one-line">{formatInstant(job.created_at)}</Table.Td>
      <Table.Td ta="right" className="one-line">
        {tookWords(job)}
      </Table.Td>
      <Table.Td ta="right">{job.tries}</Table.Td>
      <Table.Td ta="right">
        <JobActions job={job} />
      </Table.Td>
    </Table.Tr>
  );
}

export function JobBadge({ job: { state, progress } }: { job: Job }) {
  return (
    <Badge color={STATE_COLORS[state]} variant="light" size="sm" tt="none">
      {STATE_WORDS[state]}
      {progress === null ? "" : `, ${Math.floor(progress)} %`}
    </Badge>
  );
}

/** How long the last try took; "–" while there was none. */
export function tookWords({ started_at, finished_at }: Job): string {
  if (started_at === null || finished_at === null) return "–";
  return formatDuration((Date.parse(finished_at) - Date.parse(started_at)) / 1_000);
}
