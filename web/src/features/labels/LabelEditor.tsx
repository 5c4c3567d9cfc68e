import type { Annotation, Category, UpdateAnnotation } from "@magtrace/contracts";
import { Button, Group, NumberInput, Paper, Select, Stack, Text, Textarea } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { formatMoment } from "../../ui/formatMoment.ts";

interface LabelEditorProps {
  annotation: Annotation;
  categories: readonly Category[];
  projectId: number;
  rows: number;
  mayEdit: boolean;
  onChange: (change: UpdateAnnotation) => void;
  onDelete: () => void;
  onGoTo: () => void;
}

/** The picked label: its category, rows and notes. Rows can also be changed by dragging its edges in the chart. */
export function LabelEditor(props: LabelEditorProps) {
  const { annotation, categories, mayEdit, rows, onChange } = props;
  const [start, setStart] = useState<number | string>(annotation.start_index);
  const [end, setEnd] = useState<number | string>(annotation.end_index);
  const [notes, setNotes] = useState(annotation.notes);

  function commitRows() {
    if (typeof start !== "number" || typeof end !== "number" || start > end) {
      setStart(annotation.start_index);
      setEnd(annotation.end_index);
    } else if (start !== annotation.start_index || end !== annotation.end_index) {
      onChange({ start_index: start, end_index: end });
    }
  }

  return (
    <Paper p="sm" component="section" aria-label="Picked label">
      <Stack gap="xs">
        <Select
          label="Category"
          size="xs"
          disabled={!mayEdit}
          allowDeselect={false}
          data={categories.map(({ id, name }) => ({ value: String(id), label: name }))}
          value={String(annotation.category)}
          onChange={(value) => value !== null && onChange({ category: Number(value) })}
        />
        <Group grow gap="xs">
          <NumberInput
            label="First row"
            size="xs"
            disabled={!mayEdit}
            min={0}
            max={rows - 1}
            allowDecimal={false}
            thousandSeparator=","
            value={start}
            onChange={setStart}
            onBlur={commitRows}
            onKeyDown={(event) => event.key === "Enter" && commitRows()}
          />
          <NumberInput
            label="Last row"
            size="xs"
            disabled={!mayEdit}
            min={0}
            max={rows - 1}
            allowDecimal={false}
            thousandSeparator=","
            value={end}
            onChange={setEnd}
            onBlur={commitRows}
            onKeyDown={(event) => event.key === "Enter" && commitRows()}
          />
        </Group>
        <Textarea
          label="Notes"
          size="xs"
          autosize
          maxRows={5}
          disabled={!mayEdit}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value)}
          onBlur={() => notes !== annotation.notes && onChange({ notes })}
        />
        <Text size="xs" c="dimmed">
          made {formatMoment(annotation.created_at)}
          {annotation.confidence < 1 ? ` · confidence ${annotation.confidence.toFixed(2)}` : ""}
          {annotation.prediction === null ? null : (
            <>
              {" · from "}
              <Link
                to="/projects/$projectId/predictions/$predictionId"
                params={{ projectId: props.projectId, predictionId: annotation.prediction }}
                className="quiet-link"
              >
                prediction {annotation.prediction}
              </Link>
            </>
          )}
        </Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={props.onGoTo}>
            Zoom to label
          </Button>
          {mayEdit ? (
            <Button size="compact-sm" variant="light" color="red" onClick={props.onDelete}>
              Delete label
            </Button>
          ) : null}
        </Group>
      </Stack>
    </Paper>
  );
}
