import {
  type ColumnMapping,
  FIELD_UNITS,
  type FieldUnit,
  TARGETS,
  type Target,
  type TimeMapping,
} from "@magtrace/contracts";
import { Code, NativeSelect, Select, SimpleGrid, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { targetWord } from "../datasets/reading/describeMapping.ts";

const BY_ITSELF = "";
const LEFT_OUT = "left out";
const ORDERS = [
  { value: "dmy", label: "day before month" },
  { value: "mdy", label: "month before day" },
  { value: "ymd", label: "year, month, day" },
];

const ROLES = [
  { value: BY_ITSELF, label: "as its name says" },
  ...TARGETS.map((target) => ({ value: target, label: targetLabel(target) })),
  { value: LEFT_OUT, label: "left out" },
];

function targetLabel(target: Target): string {
  return target === "label" ? "labels" : target === "b" ? "b (total field)" : targetWord(target);
}

interface MappingFieldsProps {
  mapping: ColumnMapping;
  /** The file's columns. */
  header: readonly string[];
  onChange: (mapping: ColumnMapping) => void;
}

type Loose<T> = { [K in keyof T]?: T[K] | undefined };
/** Undefined takes a thing out of the mapping. */
type Changes = Loose<Pick<ColumnMapping, "unit" | "missing">> & { time?: Loose<TimeMapping> };

/** What is usual in a mapping: columns, unit, zone, order of dates, missing values. The rest of it stays as it is. */
export function MappingFields({ mapping, header, onChange }: MappingFieldsProps) {
  const { unit, time = {}, missing } = mapping;
  const set = (changed: Changes) => onChange(tidied({ ...mapping, ...changed } as ColumnMapping));
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" mb="sm">
        <Select
          label="Unit of the field"
          placeholder="as the file says"
          clearable
          data={[...FIELD_UNITS]}
          value={unit ?? null}
          onChange={(value) => set({ unit: (value as FieldUnit | null) ?? undefined })}
        />
        <ZoneInput zone={time.zone} onChange={(zone) => set({ time: { ...time, zone } })} />
        <Select
          label="Dates in numbers"
          placeholder="as the file shows"
          clearable
          data={ORDERS}
          value={time.date_order ?? null}
          onChange={(value) => set({ time: { ...time, date_order: (value as "dmy" | null) ?? undefined } })}
        />
        <MissingInput missing={missing} onChange={(next) => set({ missing: next })} />
      </SimpleGrid>
      <Table withTableBorder verticalSpacing={2} aria-label="Columns">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column of the file</Table.Th>
            <Table.Th>is</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {header.map((name, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a file may have two columns of one name
            <Table.Tr key={i}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Code>{name === "" ? "(no name)" : name}</Code>
              </Table.Td>
              <Table.Td>
                {/* Not Select: a file may have a thousand columns. */}
                <NativeSelect
                  size="xs"
                  aria-label={`What ${name} is`}
                  disabled={name === ""}
                  data={ROLES}
                  value={roleOf(mapping, name)}
                  onChange={(event) => onChange(tidied(withRole(mapping, name, event.currentTarget.value)))}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt={4}>
        Sensors, forms of times and all else a mapping can say are edited as JSON.
      </Text>
    </>
  );
}

interface ZoneInputProps {
  zone: string | undefined;
  onChange: (zone: string | undefined) => void;
}

/** What is typed counts once it is a zone. */
function ZoneInput({ zone, onChange }: ZoneInputProps) {
  const [text, setText] = useState(zone ?? "");
  const isZone = /^(Z|[+-]\d{2}:\d{2})$/.test(text);
  return (
    <TextInput
      label="Zone of the times"
      placeholder="as the file says"
      value={text}
      maxLength={6}
      error={text === "" || isZone ? null : "like +02:00, or Z for UTC"}
      onChange={(event) => {
        const next = event.currentTarget.value.trim();
        setText(next);
        if (next === "") onChange(undefined);
        else if (/^(Z|[+-]\d{2}:\d{2})$/.test(next)) onChange(next);
      }}
    />
  );
}

interface MissingInputProps {
  missing: readonly number[] | undefined;
  onChange: (missing: number[] | undefined) => void;
}

function MissingInput({ missing, onChange }: MissingInputProps) {
  const [text, setText] = useState(
    missing === undefined ? "" : missing.length === 0 ? "none" : missing.join(" "),
  );
  const read = readMissing(text);
  return (
    <TextInput
      label="Numbers that mean “no value”"
      placeholder="found by themselves"
      value={text}
      error={read === null ? "numbers with blanks between, or none" : null}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const next = readMissing(event.currentTarget.value);
        if (next !== null) onChange(next.codes);
      }}
    />
  );
}

/** "" leaves it to the reader, "none" says that all numbers are values. */
function readMissing(text: string): { codes: number[] | undefined } | null {
  const words = text.trim().split(/[\s;]+/);
  if (words[0] === "") return { codes: undefined };
  if (words.length === 1 && words[0] === "none") return { codes: [] };
  const codes = words.map((word) => Number(word.replace("−", "-")));
  return codes.every(Number.isFinite) ? { codes } : null;
}

/** Names are compared as the server does: but for case and outer spaces. */
const same = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();

function roleOf({ columns = {}, ignore = [] }: ColumnMapping, name: string): string {
  if (ignore.some((one) => same(one, name))) return LEFT_OUT;
  const found = Object.entries(columns).find(([, column]) => column !== undefined && same(column, name));
  return found?.[0] ?? BY_ITSELF;
}

function withRole(mapping: ColumnMapping, name: string, role: string): ColumnMapping {
  const columns = Object.fromEntries(
    Object.entries(mapping.columns ?? {}).filter(([, column]) => column !== undefined && !same(column, name)),
  ) as NonNullable<ColumnMapping["columns"]>;
  const ignore = (mapping.ignore ?? []).filter((one) => !same(one, name));
  if (role === LEFT_OUT) ignore.push(name);
  else if (role !== BY_ITSELF) columns[role as Target] = name;
  return { ...mapping, columns, ignore };
}

/** Without what says nothing. */
function tidied({ columns = {}, ignore = [], time = {}, ...rest }: ColumnMapping): ColumnMapping {
  const given = (part: object) =>
    Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
  const [ownColumns, ownTime] = [given(columns), given(time)];
  return {
    ...given(rest),
    ...(Object.keys(ownColumns).length > 0 ? { columns: ownColumns } : {}),
    ...(ignore.length > 0 ? { ignore } : {}),
    ...(Object.keys(ownTime).length > 0 ? { time: ownTime } : {}),
  };
}
