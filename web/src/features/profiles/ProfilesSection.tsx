import type { CreateReadingProfile, ReadingProfile } from "@magtrace/contracts";
import { Alert, Button, FileButton, Group, List, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, errorSentence } from "../../api/apiError.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { countOf } from "../../ui/formatNumber.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { saveText } from "../../ui/saveText.ts";
import { ProfileRow } from "./ProfileRow.tsx";
import { profileFile, readProfileFile } from "./profileFile.ts";
import { createProfile, readingProfilesQuery, useProfileActions } from "./queries.ts";

interface ProfilesSectionProps {
  projectId: number;
  mayEdit: boolean;
}

/** How files with certain columns are read in a project: listed, changed, taken along to another one. */
export function ProfilesSection({ projectId, mayEdit }: ProfilesSectionProps) {
  const profiles = useQuery(readingProfilesQuery(projectId));
  return (
    <Stack gap="xs" component="section" aria-label="Reading profiles">
      <Title order={2}>Reading profiles</Title>
      <Text size="sm" c="dimmed">
        A new file whose columns are named as a profile’s is read by that profile. Changing or deleting a
        profile changes no dataset that has been read.
      </Text>
      {profiles.isPending ? (
        <LoadingBlock what="the reading profiles" height={60} />
      ) : profiles.isError ? (
        <ErrorNotice
          title="The reading profiles could not be loaded"
          error={profiles.error}
          onRetry={() => void profiles.refetch()}
        />
      ) : (
        <>
          {profiles.data.length === 0 ? (
            <EmptyState
              title="No reading profiles"
              hint="When a file is uploaded and you say how it is to be read, choose “Use for all files like this”: that makes one."
            />
          ) : (
            <Table.ScrollContainer minWidth={560}>
              <Table withTableBorder verticalSpacing={6} aria-label="Reading profiles">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Columns</Table.Th>
                    <Table.Th>Made</Table.Th>
                    <Table.Th>
                      <span className="visually-hidden">Actions</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {profiles.data.map((profile) => (
                    <ProfileRow
                      key={`${profile.id} ${profile.updated_at}`}
                      profile={profile}
                      mayEdit={mayEdit}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
          <TakeAlong projectId={projectId} profiles={profiles.data} mayEdit={mayEdit} />
        </>
      )}
    </Stack>
  );
}

interface Brought {
  readonly title: string;
  readonly lines: readonly string[];
  readonly isDone: boolean;
}

function TakeAlong({
  projectId,
  profiles,
  mayEdit,
}: ProfilesSectionProps & { profiles: readonly ReadingProfile[] }) {
  const { reload } = useProfileActions(projectId);
  const [brought, setBrought] = useState<Brought | null>(null);
  const [isBusy, setBusy] = useState(false);

  async function bring(file: File | null) {
    if (file === null) return;
    const read = readProfileFile(await file.text(), projectId);
    if (read.faults.length > 0) {
      setBrought({ title: `No profile was brought in from ${file.name}`, lines: read.faults, isDone: false });
      return;
    }
    setBusy(true);
    setBrought(await bringIn(read.profiles, profiles));
    setBusy(false);
    reload();
  }

  return (
    <>
      <Group gap="xs">
        {profiles.length === 0 ? null : (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => saveText("reading-profiles.json", profileFile(profiles))}
          >
            Download all (JSON)
          </Button>
        )}
        {mayEdit ? (
          <FileButton onChange={(file) => void bring(file)} accept="application/json,.json">
            {(props) => (
              <Button {...props} size="compact-sm" variant="default" loading={isBusy}>
                Bring in from JSON
              </Button>
            )}
          </FileButton>
        ) : null}
      </Group>
      {brought === null ? null : (
        <Alert
          color={brought.isDone ? "teal" : "red"}
          title={brought.title}
          role={brought.isDone ? "status" : "alert"}
          withCloseButton
          closeButtonLabel="Close"
          onClose={() => setBrought(null)}
        >
          <List size="sm">
            {brought.lines.map((line) => (
              <List.Item key={line}>{line}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}

/** Makes those that are not there yet, and tells of the others by name. */
async function bringIn(
  wanted: readonly CreateReadingProfile[],
  present: readonly ReadingProfile[],
): Promise<Brought> {
  const names = new Set(present.map(({ name }) => name.trim().toLowerCase()));
  const lines: string[] = [];
  let made = 0;
  for (const profile of wanted) {
    if (names.has(profile.name.trim().toLowerCase())) {
      lines.push(`“${profile.name}” was left out: there is one of this name.`);
      continue;
    }
    try {
      const { name } = await createProfile(profile);
      names.add(name.toLowerCase());
      made += 1;
    } catch (error) {
      const why =
        error instanceof ApiError && error.status === 409
          ? "there is one for files with these columns, or no room for more"
          : errorSentence(error);
      lines.push(`“${profile.name}” was left out: ${why}.`);
    }
  }
  return {
    title: made === 0 ? "Nothing was brought in" : `${countOf(made, "profile")} brought in`,
    lines,
    isDone: made > 0,
  };
}
