import type { Assumption, Dataset } from "@magtrace/contracts";
import { Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { AssumptionChoices } from "./AssumptionChoices.tsx";
import { mergeMapping } from "./mergeMapping.ts";
import type { WantedReading } from "./useReread.ts";

interface AssumptionListProps {
  dataset: Dataset;
  assumptions: readonly Assumption[];
  /** Null for those who may only look. */
  onWant: ((wanted: WantedReading) => void) | null;
  isBusy: boolean;
  /** Somebody has come here to see them. */
  takesFocus: boolean;
}

/** What was assumed of a file, each with how else it could be meant. */
export function AssumptionList({ dataset, assumptions, onWant, isBusy, takesFocus }: AssumptionListProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  if (assumptions.length === 0) return null;
  return (
    <section aria-label="Assumed">
      <Title order={2} mb={2} ref={heading} tabIndex={-1} style={{ outline: "none" }}>
        Assumed
      </Title>
      <Text size="xs" c="dimmed" mb={8}>
        The file does not say this.{" "}
        {onWant === null
          ? "Those who may edit the project can change it."
          : "If something is meant otherwise, change it: the file is read again and labels stay on their rows."}
      </Text>
      <Stack gap="sm">
        {assumptions.map((assumption) => (
          <AssumptionChoices
            key={`${assumption.subject} ${assumption.taken}`}
            assumption={assumption}
            isBusy={isBusy}
            onChoose={
              onWant === null
                ? undefined
                : ({ label, mapping }) =>
                    onWant({ label: `as “${label}”`, mapping: mergeMapping(dataset.mapping, mapping) })
            }
          />
        ))}
      </Stack>
    </section>
  );
}
