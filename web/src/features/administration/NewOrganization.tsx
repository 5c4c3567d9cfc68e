import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { showDone } from "../../ui/notify.ts";
import { useCreateOrganization } from "./queries.ts";
import { UserSelect } from "./UserSelect.tsx";

export function NewOrganization({ onDone }: { onDone: () => void }) {
  const create = useCreateOrganization();
  const [name, setName] = useState("");
  const [owner, setOwner] = useState<number | null>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return;
    create.mutate(
      { name, ...(owner === null ? {} : { owner }) },
      {
        onSuccess: () => {
          showDone(`${name} is made.`);
          onDone();
        },
      },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <UserSelect
          label="Owner"
          description="Without one it is yours"
          placeholder="yourself"
          user={owner}
          onUser={setOwner}
        />
        {create.isError ? <ErrorNotice title="The organisation was not made" error={create.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Make organisation
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
