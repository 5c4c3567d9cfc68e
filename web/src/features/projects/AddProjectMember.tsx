import type { Project, ProjectMember, ProjectRole } from "@magtrace/contracts";
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { showDone } from "../../ui/notify.ts";
import { memberChoicesQuery } from "../organizations/queries.ts";
import { useSetProjectMember } from "./queries.ts";
import { PROJECT_ROLES } from "./rights.ts";

interface AddProjectMemberProps {
  project: Project;
  members: readonly ProjectMember[];
}

/** Lets somebody of the organisation in. Whoever is not in it yet has to be invited into it first. */
export function AddProjectMember({ project, members }: AddProjectMemberProps) {
  const colleagues = useQuery(memberChoicesQuery(project.organization));
  const add = useSetProjectMember(project.id);
  const [user, setUser] = useState<string | null>(null);
  const [role, setRole] = useState<ProjectRole>("collaborator");
  const present = new Set(members.map((member) => member.user));
  const others = (colleagues.data?.rows ?? []).filter((colleague) => !present.has(colleague.user));

  function submit(event: FormEvent) {
    event.preventDefault();
    const chosen = others.find((colleague) => String(colleague.user) === user);
    if (chosen === undefined) return;
    add.mutate(
      { user: chosen.user, role },
      {
        onSuccess: () => {
          setUser(null);
          showDone(`${chosen.name} is in the project now.`);
        },
      },
    );
  }

  if (colleagues.data !== undefined && others.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Everybody of the organisation is in the project. Others have to be invited into the organisation
        first.
      </Text>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <Select
            label="Let in"
            placeholder="somebody of the organisation"
            searchable
            nothingFoundMessage="Nobody of that name. Invite them into the organisation first."
            data={others.map(({ user: id, name, email }) => ({
              value: String(id),
              label: `${name} (${email})`,
            }))}
            value={user}
            onChange={setUser}
            w={300}
            maw="100%"
          />
          <Select
            label="As"
            data={[...PROJECT_ROLES]}
            value={role}
            onChange={(value) => setRole(PROJECT_ROLES.find((each) => each === value) ?? "collaborator")}
            allowDeselect={false}
            w={150}
          />
          <Button type="submit" variant="default" loading={add.isPending} disabled={user === null}>
            Add
          </Button>
        </Group>
        {add.isError ? <ErrorNotice title="Nobody was let in" error={add.error} /> : null}
      </Stack>
    </form>
  );
}
