import { type ColumnMapping, mappingFaults } from "@magtrace/contracts";
import { Button, Group, List, SegmentedControl, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { MappingFields } from "./MappingFields.tsx";
import { parseJson } from "./parseJson.ts";

interface MappingEditorProps {
  mapping: ColumnMapping;
  /** The file's columns. */
  header: readonly string[];
  saveLabel: string;
  isSaving?: boolean;
  onSave: (mapping: ColumnMapping) => void;
  onCancel: () => void;
}

/** A mapping by fields for what is usual, and as JSON for all of it. Both are one mapping. */
export function MappingEditor(props: MappingEditorProps) {
  const [text, setText] = useState(() => written(props.mapping));
  const [form, setForm] = useState<"fields" | "json">("fields");
  const { mapping, faults } = readMapping(text);
  return (
    <>
      <SegmentedControl
        size="xs"
        mb="sm"
        aria-label="How to edit"
        value={form}
        onChange={(value) => setForm(value as typeof form)}
        data={[
          // Fields show a mapping, which a text with faults is not.
          { value: "fields", label: "Fields", disabled: mapping === null },
          { value: "json", label: "JSON" },
        ]}
      />
      {form === "fields" && mapping !== null ? (
        <MappingFields mapping={mapping} header={props.header} onChange={(next) => setText(written(next))} />
      ) : (
        <Textarea
          label="Mapping"
          description="As in the mapping field of an upload."
          autosize
          minRows={10}
          maxRows={24}
          spellCheck={false}
          styles={{ input: { fontFamily: "monospace", fontSize: 12 } }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {faults.length === 0 ? null : (
        <div role="alert">
          <Text size="sm" c="red" mt="xs">
            This is no mapping yet:
          </Text>
          <List size="sm">
            {faults.map((fault) => (
              <List.Item key={fault}>{fault}</List.Item>
            ))}
          </List>
        </div>
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={props.onCancel}>
          Cancel
        </Button>
        <Button
          disabled={mapping === null}
          loading={props.isSaving === true}
          onClick={() => {
            if (mapping !== null) props.onSave(mapping);
          }}
        >
          {props.saveLabel}
        </Button>
      </Group>
    </>
  );
}

function written(mapping: ColumnMapping): string {
  return JSON.stringify(mapping, null, 2);
}

/** The mapping that a text is, or what keeps it from being one. */
function readMapping(text: string): { mapping: ColumnMapping | null; faults: string[] } {
  const parsed = parseJson(text);
  if (!parsed.ok) return { mapping: null, faults: [`Not JSON: ${parsed.says}`] };
  const faults = mappingFaults(parsed.value).map(({ place, says }) =>
    place === "" ? `The mapping ${says}.` : `${place} ${says}.`,
  );
  return { mapping: faults.length === 0 ? (parsed.value as ColumnMapping) : null, faults };
}
