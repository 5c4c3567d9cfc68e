import type { ColumnMapping, Question } from "@magtrace/contracts";
import { Button, Group, Text } from "@mantine/core";

interface QuestionChoicesProps {
  question: Question;
  isBusy?: boolean;
  onAnswer: (added: ColumnMapping, label: string) => void;
}

/** What has to be answered before a file can be read: each answer is a button. */
export function QuestionChoices({ question, isBusy = false, onAnswer }: QuestionChoicesProps) {
  const { asked, reason, choices } = question;
  return (
    <div>
      <Text size="sm" fw={600} mt={6}>
        {asked}
      </Text>
      <Text size="xs" c="dimmed">
        {reason}
      </Text>
      <Group gap={4} mt={4}>
        {choices.map(({ label, mapping }) => (
          <Button
            key={label}
            size="compact-xs"
            variant="default"
            disabled={isBusy}
            onClick={() => onAnswer(mapping, label)}
          >
            {label}
          </Button>
        ))}
      </Group>
    </div>
  );
}
