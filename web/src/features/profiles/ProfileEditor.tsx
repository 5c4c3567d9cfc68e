import type { ReadingProfile } from "@magtrace/contracts";
import { Modal } from "@mantine/core";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { MappingEditor } from "./MappingEditor.tsx";
import { useProfileActions } from "./queries.ts";

interface ProfileEditorProps {
  profile: ReadingProfile;
  onClose: () => void;
}

export function ProfileEditor({ profile, onClose }: ProfileEditorProps) {
  const { update } = useProfileActions(profile.project);
  return (
    <Modal opened onClose={onClose} title={`How “${profile.name}” reads`} size="lg" centered>
      {update.isError ? <ErrorNotice title="The profile was not saved" error={update.error} /> : null}
      <MappingEditor
        mapping={profile.mapping}
        header={profile.header}
        saveLabel="Save profile"
        isSaving={update.isPending}
        onSave={(mapping) => update.mutate({ id: profile.id, mapping }, { onSuccess: onClose })}
        onCancel={onClose}
      />
    </Modal>
  );
}
