import type { AuditEntry } from "@magtrace/contracts";
import { Anchor, Code, Group, Stack, Table, Text } from "@mantine/core";
import classes from "./AuditDetail.module.css";
import type { AuditSearch } from "./auditSearch.ts";
import { type FieldChange, fieldChanges } from "./fieldChanges.ts";

interface AuditDetailProps {
  entry: AuditEntry;
  onNarrow: (filter: AuditSearch) => void;
}

/** Everything an entry says, and what it changed field by field. */
export function AuditDetail({ entry, onNarrow }: AuditDetailProps) {
  const { rows, note } = fieldChanges(entry.before, entry.after);
  return (
    <Stack gap="xs" py="xs">
      <Group gap="md">
        {entry.user === null ? null : (
          <Narrow text="Only this person" onClick={() => onNarrow({ user: entry.user ?? undefined })} />
        )}
        {entry.subject === null ? null : (
          <Narrow
            text="Only this subject"
            onClick={() => onNarrow({ subject: entry.subject ?? undefined })}
          />
        )}
        {entry.request_id === null ? null : (
          <Narrow
            text="Only this request"
            onClick={() => onNarrow({ request: entry.request_id ?? undefined })}
          />
        )}
      </Group>
      <dl className={classes.facts}>
        <Fact name="Credential" value={entry.credential} />
        <Fact name="Route" value={entry.route} />
        <Fact name="Request" value={entry.request_id} />
        <Fact name="Seal" value={entry.hash} />
      </dl>
      {note === null ? null : <Text size="sm">{note}</Text>}
      {rows.map((fields, i) => (
        // Rows of one entry have no names of their own; their order is the entry's.
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move.
        <FieldTable key={i} fields={fields} />
      ))}
    </Stack>
  );
}

function Narrow({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <Anchor component="button" type="button" size="sm" onClick={onClick}>
      {text}
    </Anchor>
  );
}

function Fact({ name, value }: { name: string; value: string | null }) {
  if (value === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Code>{value}</Code>
      </dd>
    </>
  );
}

function FieldTable({ fields }: { fields: readonly FieldChange[] }) {
  const isNew = fields.every((field) => field.before === null);
  const isGone = fields.every((field) => field.after === null);
  return (
    <Table withTableBorder verticalSpacing={2} aria-label="Changed fields" className={classes.fields}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Field</Table.Th>
          {isNew ? null : <Table.Th>{isGone ? "Was" : "Before"}</Table.Th>}
          {isGone ? null : <Table.Th>{isNew ? "Value" : "After"}</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {fields.map(({ field, before, after }) => (
          <Table.Tr key={field}>
            <Table.Td>{field}</Table.Td>
            {isNew ? null : <Table.Td className={isGone ? classes.value : classes.before}>{before}</Table.Td>}
            {isGone ? null : <Table.Td className={isNew ? classes.value : classes.after}>{after}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
