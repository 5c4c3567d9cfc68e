import type { ReadingProfile } from "@magtrace/contracts";
import { Button, Group, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { formatMoment } from "../../ui/formatMoment.ts";
import { showFailure } from "../../ui/notify.ts";
import { showUndo } from "../../ui/showUndo.tsx";
import { describeMapping } from "../datasets/reading/describeMapping.ts";
import { ProfileEditor } from "./ProfileEditor.tsx";
import { useProfileActions } from "./queries.ts";

const COLUMNS_SHOWN = 8;

/** A profile: its name in place, its mapping in a window of its own. */
export function ProfileRow({ profile, mayEdit }: { profile: ReadingProfile; mayEdit: boolean }) {
  const { create, update, remove } = useProfileActions(profile.project);
  const [name, setName] = useState(profile.name);
  const [isOpen, setOpen] = useState(false);
  const { header } = profile;

  function rename() {
    const next = name.trim();
    if (next === "" || next === profile.name) {
      setName(profile.name);
      return;
    }
    update.mutate(
      { id: profile.id, name: next },
      {
        onError: (error) => {
          setName(profile.name);
          showFailure(`${profile.name} was not renamed`, errorSentence(error));
        },
      },
    );
  }

  // This row is gone by the time of the answers, and with it what a mutation would call: the promises are not.
  async function restore() {
    const { project, mapping } = profile;
    try {
      await create.mutateAsync({ project, name: profile.name, header, mapping });
    } catch (error) {
      showFailure(`${profile.name} was not brought back`, errorSentence(error));
    }
  }

  async function deleteIt() {
    try {
      await remove.mutateAsync(profile.id);
      showUndo(`The profile ${profile.name} was deleted.`, () => void restore());
    } catch (error) {
      showFailure(`${profile.name} was not deleted`, errorSentence(error));
    }
  }

  return (
    <Table.Tr>
      <Table.Td miw={150}>
        <TextInput
          size="xs"
          aria-label={`Name of ${profile.name}`}
          readOnly={!mayEdit}
          variant={mayEdit ? "default" : "unstyled"}
          value={name}
          maxLength={255}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={rename}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
          }}
        />
      </Table.Td>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Text size="xs" title={header.join("\n")}>
          {header.slice(0, COLUMNS_SHOWN).join(", ")}
          {header.length > COLUMNS_SHOWN ? ` and ${header.length - COLUMNS_SHOWN} more` : ""}
        </Text>
        <Text size="xs" c="dimmed">
          {describeMapping(profile.mapping).join("; ") || "As the file itself says"}
        </Text>
      </Table.Td>
      <Table.Td className="one-line">{formatMoment(profile.created_at)}</Table.Td>
      <Table.Td>
        {mayEdit ? (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Edit ${profile.name}`}
              onClick={() => setOpen(true)}
            >
              Edit
            </Button>
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              aria-label={`Delete ${profile.name}`}
              loading={remove.isPending}
              onClick={() => void deleteIt()}
            >
              Delete
            </Button>
          </Group>
        ) : null}
        {isOpen ? <ProfileEditor profile={profile} onClose={() => setOpen(false)} /> : null}
      </Table.Td>
    </Table.Tr>
  );
}
