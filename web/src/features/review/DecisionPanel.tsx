import type { Category, IntervalDecision, PredictedInterval } from "@magtrace/contracts";
import { Button, Group, NumberInput, Paper, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { formatShare } from "../../ui/formatNumber.ts";

interface DecisionPanelProps {
  /** With its rows as they were dragged. */
  interval: PredictedInterval;
  /** As the model found it. */
  original: PredictedInterval;
  categories: readonly Category[];
  rows: number;
  isSaving: boolean;
  onDecide: (decision: IntervalDecision) => void;
  onNext: () => void;
}

const numberOr = (value: number | string, fallback: number): number =>
  typeof value === "number" ? value : fallback;

/** The interval in hand. Changing its rows or category and accepting it makes the label as changed. */
export function DecisionPanel(props: DecisionPanelProps) {
  const { interval, original, categories, rows, isSaving, onDecide, onNext } = props;
  const [start, setStart] = useState<number | string>(interval.start_index);
  const [end, setEnd] = useState<number | string>(interval.end_index);
  const [category, setCategory] = useState(
    interval.category_id === null ? null : String(interval.category_id),
  );
  const isOpen = interval.review === "pending";

  const startIndex = numberOr(start, interval.start_index);
  const endIndex = numberOr(end, interval.end_index);
  const isChanged =
    startIndex !== original.start_index ||
    endIndex !== original.end_index ||
    (category !== null && Number(category) !== interval.category_id);
  const isRange = startIndex <= endIndex;

  const field = {
    size: "xs",
    min: 0,
    max: Math.max(rows - 1, 0),
    allowDecimal: false,
    thousandSeparator: ",",
    disabled: !isOpen,
  } as const;
  return (
    <Paper p="sm" component="section" aria-label="Interval in hand">
      <Stack gap="xs">
        <Text size="sm">
          <strong>{interval.category}</strong> with confidence {formatShare(interval.confidence)}
          {isOpen ? "" : ` · ${interval.review}`}
        </Text>
        <Select
          label="Category"
          size="xs"
          allowDeselect={false}
          disabled={!isOpen}
          placeholder="the category was deleted: choose one"
          data={categories.map(({ id, name }) => ({ value: String(id), label: name }))}
          value={category}
          onChange={setCategory}
        />
        <Group grow gap="xs">
          <NumberInput {...field} label="First row" value={start} onChange={setStart} />
          <NumberInput
            {...field}
            label="Last row"
            value={end}
            onChange={setEnd}
            error={isRange ? null : "before the first"}
          />
        </Group>
        <Group gap="xs">
          {isChanged ? (
            <Button
              size="compact-sm"
              disabled={!isOpen || !isRange}
              loading={isSaving}
              onClick={() =>
                onDecide({
                  index: interval.index,
                  action: "modify",
                  start_index: startIndex,
                  end_index: endIndex,
                  ...(category === null ? {} : { category: Number(category) }),
                })
              }
            >
              Save change
            </Button>
          ) : (
            <Button
              size="compact-sm"
              color="teal"
              aria-keyshortcuts="a"
              disabled={!isOpen}
              loading={isSaving}
              onClick={() => onDecide({ index: interval.index, action: "accept" })}
            >
              Accept
            </Button>
          )}
          <Button
            size="compact-sm"
            color="red"
            variant="light"
            aria-keyshortcuts="r"
            disabled={!isOpen}
            loading={isSaving}
            onClick={() => onDecide({ index: interval.index, action: "reject" })}
          >
            Reject
          </Button>
          <Button size="compact-sm" variant="default" aria-keyshortcuts="n" onClick={onNext}>
            Next open
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          Keys: a accept, r reject, n next open, j and k down and up. Drag the edges in the chart to change
          the rows.
        </Text>
      </Stack>
    </Paper>
  );
}
