import type { TokenScope } from "@magtrace/contracts";
import { Button, Checkbox, Group, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { ShownOnce } from "../../ui/ShownOnce.tsx";
import { projectChoicesQuery } from "../projects/queries.ts";
import { useCreateToken } from "./queries.ts";

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "one year" },
  { value: "never", label: "never" },
];
const ALL_PROJECTS = "all";
const SCOPES: { value: TokenScope; label: string }[] = [
  { value: "read", label: "read: look and export" },
  { value: "write", label: "write: upload and label" },
  { value: "train", label: "train: train and predict" },
  { value: "admin", label: "admin: members, roles and settings" },
];

export function NewToken() {
  const projects = useQuery(projectChoicesQuery).data?.rows ?? [];
  const create = useCreateToken();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<TokenScope[]>(["read"]);
  const [lifetime, setLifetime] = useState("90");
  const [project, setProject] = useState(ALL_PROJECTS);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "" || scopes.length === 0) return;
    create.mutate(
      {
        name,
        scopes,
        project: project === ALL_PROJECTS ? null : Number(project),
        expires_at:
          lifetime === "never" ? null : new Date(Date.now() + Number(lifetime) * DAY_MS).toISOString(),
      },
      { onSuccess: () => setName("") },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Name of the new token"
            placeholder="what it is for"
            required
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="For"
            searchable
            data={[
              { value: ALL_PROJECTS, label: "all projects" },
              ...projects.map(({ id, name: text }) => ({ value: String(id), label: text })),
            ]}
            value={project}
            onChange={(value) => setProject(value ?? ALL_PROJECTS)}
            allowDeselect={false}
          />
          <Select
            label="Expires after"
            data={LIFETIMES}
            value={lifetime}
            onChange={(value) => setLifetime(value ?? "90")}
            allowDeselect={false}
          />
        </Group>
        <Checkbox.Group
          label="Scopes"
          value={scopes}
          onChange={(values) => setScopes(values as TokenScope[])}
          error={scopes.length === 0 ? "Choose at least one." : null}
        >
          <Group mt={4}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope.value} value={scope.value} label={scope.label} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group>
          <Button type="submit" variant="default" loading={create.isPending}>
            Create token
          </Button>
        </Group>
        {create.isError ? <ErrorNotice title="The token was not created" error={create.error} /> : null}
        {create.data === undefined ? null : (
          <ShownOnce title="Copy the token now: it is not shown again" value={create.data.token} />
        )}
      </Stack>
    </form>
  );
}
