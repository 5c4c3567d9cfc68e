import type { Organization } from "@magtrace/contracts";
import { Button, Checkbox, Container, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatBytes } from "../../ui/formatNumber.ts";
import { showDone } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { organizationQuery, useOrganizationRights, useUpdateOrganization } from "./queries.ts";

export function OrganizationSettingsPage() {
  const { organizationId } = useParams({ from: "/signed-in/organizations/$organizationId/settings" });
  const organization = useQuery(organizationQuery(organizationId)).data;
  const { mayManage } = useOrganizationRights(organizationId);
  if (organization === undefined) return null;
  return (
    <Container size="sm" py="md">
      <SettingsForm
        key={`${organization.name} ${organization.require_two_factor} ${organization.large_uploads}`}
        organization={organization}
        disabled={!mayManage}
      />
    </Container>
  );
}

function storageText({ storage_used_bytes: used, storage_limit_bytes: limit }: Organization): string {
  const stored = `Stored: ${formatBytes(used)}`;
  return limit === null ? `${stored}.` : `${stored} of the ${formatBytes(limit)} allowed.`;
}

function SettingsForm({ organization, disabled }: { organization: Organization; disabled: boolean }) {
  const update = useUpdateOrganization(organization.id);
  const [name, setName] = useState(organization.name);
  const [requireTwoFactor, setRequireTwoFactor] = useState(organization.require_two_factor);
  const [largeUploads, setLargeUploads] = useState(organization.large_uploads);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return;
    update.mutate(
      { name, require_two_factor: requireTwoFactor, large_uploads: largeUploads },
      { onSuccess: () => showDone("Organisation saved.") },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <PageHeading>Organisation settings</PageHeading>
        <TextInput
          label="Name"
          required
          maxLength={255}
          readOnly={disabled}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox
          label="Require two-factor sign-in of all members"
          description="Members without it see none of its projects until they have set it up."
          disabled={disabled}
          checked={requireTwoFactor}
          onChange={(event) => setRequireTwoFactor(event.currentTarget.checked)}
        />
        <Checkbox
          label="Let collaborators upload large files"
          description="Up to the limit that this installation has for them."
          disabled={disabled}
          checked={largeUploads}
          onChange={(event) => setLargeUploads(event.currentTarget.checked)}
        />
        <Text size="sm">{storageText(organization)}</Text>
        {update.isError ? <ErrorNotice title="The organisation was not saved" error={update.error} /> : null}
        {disabled ? (
          <Text size="sm" c="dimmed">
            Only owners and admins may change this.
          </Text>
        ) : (
          <Group>
            <Button type="submit" loading={update.isPending}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
