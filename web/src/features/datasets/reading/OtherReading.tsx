import type { Dataset } from "@magtrace/contracts";
import { Button, Modal } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { LoadingBlock } from "../../../ui/LoadingBlock.tsx";
import { sourceColumns } from "./readSource.ts";
import type { WantedReading } from "./useReread.ts";

/** It brings the contract along, against which what is typed is held. */
const MappingEditor = lazy(async () => ({
  default: (await import("../../profiles/MappingEditor.tsx")).MappingEditor,
}));

interface OtherReadingProps {
  dataset: Dataset;
  onWant: (wanted: WantedReading) => void;
  isBusy: boolean;
}

/** For what is meant in none of the ways that are offered: another zone, a factor, other columns. */
export function OtherReading({ dataset, onWant, isBusy }: OtherReadingProps) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button size="compact-xs" variant="subtle" disabled={isBusy} onClick={() => setOpen(true)}>
        Read it in another way…
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={`How ${dataset.original_name} is read`}
        size="lg"
        centered
      >
        <Suspense fallback={<LoadingBlock what="the mapping" height={120} />}>
          <MappingEditor
            mapping={dataset.mapping ?? {}}
            header={sourceColumns(dataset).map(({ name }) => name)}
            saveLabel="Go on"
            onSave={(mapping) => {
              close();
              onWant({ label: "by the mapping you gave", mapping });
            }}
            onCancel={close}
          />
        </Suspense>
      </Modal>
    </>
  );
}
