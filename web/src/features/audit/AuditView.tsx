import { Button, Container, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { apiUrl } from "../../api/client.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { AuditFilters, type Choice } from "./AuditFilters.tsx";
import { AuditTable } from "./AuditTable.tsx";
import { type AuditSearch, auditParameters, ENTRIES_A_PAGE } from "./auditSearch.ts";
import { auditQuery } from "./queries.ts";
import { VerifyAudit } from "./VerifyAudit.tsx";

interface AuditViewProps {
  /** 0 for what concerns the installation and no organisation. */
  organizationId: number;
  /** The one project it is about, for owners of no more than that: the whole chain is not theirs to verify. */
  onlyProject?: number;
  about: string;
  people: readonly Choice[];
  projects: readonly Choice[];
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

/** Who read and changed what, newest first. */
export function AuditView({
  organizationId,
  onlyProject,
  about,
  people,
  projects,
  search,
  onSearch,
}: AuditViewProps) {
  const asked = onlyProject === undefined ? search : { ...search, project: onlyProject };
  const entries = useQuery(auditQuery(organizationId, asked));
  const parameters = auditParameters(organizationId, asked);
  const download = (format: "csv" | "jsonl") => apiUrl("audit/export/", { ...parameters, format });
  return (
    <Container size="xl" py="md">
      <Stack gap="md">
        <Stack gap={4}>
          <PageHeading>Audit</PageHeading>
          <Text size="sm" c="dimmed">
            {about} Entries are only ever added: each is sealed with the one before it.
          </Text>
        </Stack>
        <AuditFilters
          key={JSON.stringify(search)}
          people={people}
          projects={onlyProject === undefined ? projects : []}
          search={search}
          onSearch={onSearch}
        />
        <Group gap="sm">
          <Button component="a" size="compact-sm" variant="default" href={download("csv")} download>
            Export as CSV
          </Button>
          <Button component="a" size="compact-sm" variant="default" href={download("jsonl")} download>
            Export as JSON lines
          </Button>
          {onlyProject === undefined ? <VerifyAudit organizationId={organizationId} /> : null}
        </Group>
        {entries.isPending ? (
          <LoadingBlock what="the entries" />
        ) : entries.isError ? (
          <ErrorNotice
            title="The entries could not be loaded"
            error={entries.error}
            onRetry={() => void entries.refetch()}
          />
        ) : entries.data.total === 0 ? (
          <EmptyState title="No entries" hint="Nothing was done that fits these filters." />
        ) : (
          <div>
            <AuditTable
              entries={entries.data.rows}
              people={people}
              projects={projects}
              onNarrow={(filter) => onSearch({ ...search, ...filter, page: undefined })}
            />
            <Pager
              what="entries"
              page={search.page ?? 1}
              pageSize={ENTRIES_A_PAGE}
              total={entries.data.total}
              isStale={entries.isPlaceholderData}
              onPage={(page) => onSearch({ ...search, page })}
            />
          </div>
        )}
      </Stack>
    </Container>
  );
}
