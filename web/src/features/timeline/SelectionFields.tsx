import { Button, Group, NumberInput, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { RowRange } from "./viewport.ts";

interface SelectionFieldsProps {
  rows: number;
  selection: RowRange | null;
  onSelect: (range: RowRange | null) => void;
}

/** The selection in numbers: for exact rows, and for those who do not use a pointer. */
export function SelectionFields({ rows, selection, onSelect }: SelectionFieldsProps) {
  const [start, setStart] = useState<number | string>("");
  const [end, setEnd] = useState<number | string>("");

  useEffect(() => {
    setStart(selection?.start ?? "");
    setEnd(selection?.end ?? "");
  }, [selection]);

  const typed = typeof start === "number" && typeof end === "number" && start <= end ? { start, end } : null;
  const isNew = typed !== null && (typed.start !== selection?.start || typed.end !== selection?.end);
  const field = {
    size: "xs",
    min: 0,
    max: Math.max(rows - 1, 0),
    allowDecimal: false,
    thousandSeparator: ",",
    hideControls: true,
    style: { flex: 1 },
  } as const;
  return (
    <Group gap={6} p="xs" align="center" wrap="nowrap" role="group" aria-label="Selection">
      <Text size="xs" c="dimmed">
        Rows
      </Text>
      <NumberInput
        {...field}
        aria-label="First selected row"
        placeholder="first"
        value={start}
        onChange={setStart}
      />
      <Text size="xs" c="dimmed">
        to
      </Text>
      <NumberInput
        {...field}
        aria-label="Last selected row"
        placeholder="last"
        value={end}
        onChange={setEnd}
      />
      <Button
        size="compact-xs"
        miw={52}
        variant="default"
        disabled={!isNew && selection === null}
        onClick={() => onSelect(isNew ? typed : null)}
      >
        {isNew ? "Select" : "Clear"}
      </Button>
    </Group>
  );
}
