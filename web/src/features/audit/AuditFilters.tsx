import { Autocomplete, Button, Group, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type AuditSearch, readAuditSearch } from "./auditSearch.ts";

export interface Choice {
  readonly id: number;
  readonly name: string;
}

/** Beginnings of actions; the whole action, such as `dataset.read`, may be typed as well. */
const ACTIONS = [
  "annotation",
  "dataset",
  "invitation",
  "label_category",
  "member",
  "model",
  "organization",
  "password",
  "prediction",
  "project",
  "project_member",
  "session",
  "token",
  "training_session",
  "two_factor",
  "user",
];

const KINDS = [
  { value: "change", label: "changes" },
  { value: "reading", label: "readings" },
];

interface AuditFiltersProps {
  people: readonly Choice[];
  projects: readonly Choice[];
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

/** Somebody who has left, or a project that is deleted, is in the audit still and not among the choices. */
function options(choices: readonly Choice[], chosen: number | undefined, what: string) {
  const known = choices.map(({ id, name }) => ({ value: String(id), label: name }));
  if (chosen === undefined || choices.some(({ id }) => id === chosen)) return known;
  return [...known, { value: String(chosen), label: `${what} ${chosen}` }];
}

export function AuditFilters({ people, projects, search, onSearch }: AuditFiltersProps) {
  const [draft, setDraft] = useState(() => ({
    user: search.user === undefined ? null : String(search.user),
    project: search.project === undefined ? null : String(search.project),
    kind: (search.kind ?? null) as string | null,
    action: search.action ?? "",
    subject: search.subject ?? "",
    request: search.request ?? "",
    since: search.since ?? "",
    until: search.until ?? "",
  }));
  const set = (change: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...change }));

  function submit(event: FormEvent) {
    event.preventDefault();
    onSearch(readAuditSearch(draft));
  }

  return (
    <form onSubmit={submit} aria-label="Filters">
      <Group align="flex-end" gap="sm">
        <Select
          label="Person"
          placeholder="anybody"
          searchable
          clearable
          w={190}
          data={options(people, search.user, "user")}
          value={draft.user}
          onChange={(user) => set({ user })}
        />
        <Select
          label="Kind"
          placeholder="all"
          clearable
          w={140}
          data={KINDS}
          value={draft.kind}
          onChange={(kind) => set({ kind })}
        />
        <Autocomplete
          label="Action"
          placeholder="any"
          w={170}
          maxLength={100}
          data={ACTIONS}
          value={draft.action}
          onChange={(action) => set({ action })}
        />
        {projects.length === 0 && search.project === undefined ? null : (
          <Select
            label="Project"
            placeholder="all"
            searchable
            clearable
            w={190}
            data={options(projects, search.project, "project")}
            value={draft.project}
            onChange={(project) => set({ project })}
          />
        )}
        <TextInput
          label="Subject"
          placeholder="dataset 12"
          w={150}
          maxLength={100}
          value={draft.subject}
          onChange={(event) => set({ subject: event.currentTarget.value })}
        />
        <TextInput
          label="Since"
          type="datetime-local"
          w={200}
          value={draft.since}
          onChange={(event) => set({ since: event.currentTarget.value })}
        />
        <TextInput
          label="Until"
          type="datetime-local"
          w={200}
          value={draft.until}
          onChange={(event) => set({ until: event.currentTarget.value })}
        />
        <TextInput
          label="Request id"
          w={170}
          maxLength={100}
          value={draft.request}
          onChange={(event) => set({ request: event.currentTarget.value })}
        />
        <Group gap="sm" wrap="nowrap">
          <Button type="submit">Show</Button>
          <Button variant="default" onClick={() => onSearch({})}>
            Clear
          </Button>
        </Group>
      </Group>
    </form>
  );
}
