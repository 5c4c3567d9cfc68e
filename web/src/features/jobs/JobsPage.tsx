import { Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { JobDrawer } from "./JobDrawer.tsx";
import { JobFilters } from "./JobFilters.tsx";
import { JobTable } from "./JobTable.tsx";
import type { JobSearch } from "./jobSearch.ts";
import { QueueTable } from "./QueueTable.tsx";
import { jobsQuery, queuesQuery } from "./queries.ts";

/** Background work of the whole installation. */
export function JobsPage() {
  const search = useSearch({ from: "/signed-in/administration/jobs" });
  const navigate = useNavigate();
  const onSearch = (next: JobSearch) => void navigate({ to: "/administration/jobs", search: next });
  return (
    <Container size="xl" py="md">
      <Stack gap="md">
        <Stack gap={4}>
          <PageHeading>Jobs</PageHeading>
          <Text size="sm" c="dimmed">
            What is done in the background, for everybody. Jobs that failed for good are kept for 30 days, so
            that they can be retried once the cause is gone.
          </Text>
        </Stack>
        <Queues />
        <Title order={2} size="h4">
          Single jobs
        </Title>
        <JobFilters search={search} onSearch={onSearch} />
        <JobList search={search} onSearch={onSearch} />
      </Stack>
      {search.job === undefined ? null : (
        <JobDrawer id={search.job} onClose={() => onSearch({ ...search, job: undefined })} />
      )}
    </Container>
  );
}

function Queues() {
  const queues = useQuery(queuesQuery);
  if (queues.isPending) return <LoadingBlock what="the figures" />;
  if (queues.isError && queues.data === undefined) {
    return (
      <ErrorNotice
        title="The figures could not be loaded"
        error={queues.error}
        onRetry={() => void queues.refetch()}
      />
    );
  }
  return <QueueTable queues={queues.data} />;
}

interface JobListProps {
  search: JobSearch;
  onSearch: (search: JobSearch) => void;
}

function JobList({ search, onSearch }: JobListProps) {
  const page = useQuery(jobsQuery(search));
  if (page.isPending) return <LoadingBlock what="the jobs" />;
  if (page.isError && page.data === undefined) {
    return (
      <ErrorNotice
        title="The jobs could not be loaded"
        error={page.error}
        onRetry={() => void page.refetch()}
      />
    );
  }
  const { jobs, next } = page.data;
  const go = (before: string | undefined) => onSearch({ ...search, job: undefined, before });
  return (
    <div>
      {jobs.length === 0 ? (
        <EmptyState
          title="No jobs"
          hint="Nothing fits these filters. What is done is forgotten after seven days."
        />
      ) : (
        <JobTable jobs={jobs} search={search} />
      )}
      <Group justify="flex-end" mt="sm">
        {search.before === undefined ? null : (
          <Button variant="default" size="compact-sm" onClick={() => go(undefined)}>
            Newest jobs
          </Button>
        )}
        {next === null ? null : (
          <Button variant="default" size="compact-sm" onClick={() => go(next)}>
            Older jobs
          </Button>
        )}
      </Group>
    </div>
  );
}
