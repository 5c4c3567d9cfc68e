import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { organizationChoicesQuery } from "../administration/queries.ts";
import { isQueue, isState, type JobSearch } from "./jobSearch.ts";
import { QUEUE_WORDS, STATE_WORDS } from "./jobWords.ts";

const optionsOf = (words: Record<string, string>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }));

interface JobFiltersProps {
  search: JobSearch;
  onSearch: (search: JobSearch) => void;
}

/** Each choice holds at once, from the newest job on. */
export function JobFilters({ search, onSearch }: JobFiltersProps) {
  const { queue, state, organization } = search;
  const organizations = useQuery(organizationChoicesQuery).data?.rows ?? [];
  const narrow = (change: JobSearch) => onSearch({ queue, state, organization, ...change });
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label="Work"
        placeholder="all"
        w={240}
        clearable
        data={optionsOf(QUEUE_WORDS)}
        value={queue ?? null}
        onChange={(value) => narrow({ queue: isQueue(value) ? value : undefined })}
      />
      <Select
        label="State"
        placeholder="all"
        w={180}
        clearable
        data={optionsOf(STATE_WORDS)}
        value={state ?? null}
        onChange={(value) => narrow({ state: isState(value) ? value : undefined })}
      />
      <Select
        label="Organisation"
        placeholder="all"
        w={220}
        searchable
        clearable
        limit={50}
        nothingFoundMessage="No organisation of that name"
        data={organizations.map(({ id, name }) => ({ value: String(id), label: name }))}
        value={organization === undefined ? null : String(organization)}
        onChange={(value) => narrow({ organization: value === null ? undefined : Number(value) })}
      />
      <Button
        variant="default"
        disabled={queue === undefined && state === undefined && organization === undefined}
        onClick={() => onSearch({})}
      >
        Clear
      </Button>
    </Group>
  );
}
