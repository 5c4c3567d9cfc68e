import type { Assumption, Choice } from "@magtrace/contracts";
import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { subjectWord } from "./readAssumptions.ts";

/** With more choices than this the last ones wait behind a button. */
const SHOWN_AT_ONCE = 5;

interface AssumptionChoicesProps {
  assumption: Assumption;
  /** Left out for those who may only look: they see what else it could be, and no buttons. */
  onChoose?: ((choice: Choice) => void) | undefined;
  /** Something is being read: nothing can be chosen until that has ended. */
  isBusy?: boolean;
}

/** What the file does not say and was taken all the same: what, why, and how it could be meant instead. */
export function AssumptionChoices({ assumption, onChoose, isBusy = false }: AssumptionChoicesProps) {
  const { subject, taken, reason, others } = assumption;
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || others.length <= SHOWN_AT_ONCE ? others : others.slice(0, SHOWN_AT_ONCE - 1);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div role="group" aria-label={subjectWord(subject)}>
      <Text size="sm">
        <Text span size="xs" c="dimmed">
          {subjectWord(subject)}:
        </Text>{" "}
        <b>{taken}</b>
      </Text>
      <Text size="xs" c="dimmed">
        {reason}
      </Text>
      {others.length === 0 ? null : onChoose === undefined ? (
        <Text size="xs" c="dimmed">
          It could also be: {others.map(({ label }) => label).join(" · ")}.
        </Text>
      ) : (
        <Group gap={4} mt={4}>
          <Text size="xs">Change to:</Text>
          {shown.map((choice) => (
            <Button
              key={choice.label}
              size="compact-xs"
              variant="default"
              h="auto"
              mih={22}
              py={2}
              styles={{ label: { whiteSpace: "normal", textAlign: "left", lineHeight: 1.35 } }}
              disabled={isBusy}
              onClick={() => onChoose(choice)}
            >
              {choice.label}
            </Button>
          ))}
          {shown.length === others.length ? null : (
            <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
              {others.length - shown.length} more
            </Button>
          )}
        </Group>
      )}
    </div>
  );
}
