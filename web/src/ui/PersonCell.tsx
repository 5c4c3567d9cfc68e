import { Badge, Group, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface PersonCellProps {
  name: string;
  email: string;
  /** What is to be known of them at a glance. */
  marks?: ReactNode;
}

/** Somebody in a table. Names run either way and addresses are one long word: neither pushes the other columns out. */
export function PersonCell({ name, email, marks }: PersonCellProps) {
  return (
    <Table.Td miw={180} style={{ overflowWrap: "anywhere" }}>
      <Group gap={6}>
        <Text component="bdi" size="sm">
          {name}
        </Text>
        {marks}
      </Group>
      <Text size="xs" c="dimmed">
        {email}
      </Text>
    </Table.Td>
  );
}

export function Mark({ text, color = "gray" }: { text: string; color?: string }) {
  return (
    <Badge variant="light" color={color} size="sm" tt="none" flex="none">
      {text}
    </Badge>
  );
}
