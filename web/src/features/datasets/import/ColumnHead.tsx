import type { ColumnGuess } from "@magtrace/contracts";
import { NativeSelect, Table, Text } from "@mantine/core";
import {
  type ColumnRole,
  nameInMapping,
  roleOf,
  TARGET_WORDS,
  TIME_PART_WORDS,
  withRole,
} from "./columnRoles.ts";
import { withUnit } from "./FieldScale.tsx";
import classes from "./importDialog.module.css";
import { withTime } from "./timeAnswers.ts";
import type { InspectionInHand } from "./useInspection.ts";
import { CERTAINTY_WORDS, TIME_WAYS, timeWayOf, UNITS } from "./words.ts";

interface ColumnHeadProps {
  column: ColumnGuess;
  at: number;
  columns: readonly ColumnGuess[];
  /** Whether the server could tell the columns apart; else nothing but what was said is known of them. */
  isKnown: boolean;
  hand: InspectionInHand;
}

/** A column's name with what it is taken for, its unit or the form of its times, and how sure that is. */
export function ColumnHead({ column, at, columns, isKnown, hand }: ColumnHeadProps) {
  const { mapping, inspection, change } = hand;
  const name = isKnown ? nameInMapping(column, at) : `#${at + 1}`;
  const settled = isKnown ? inspection.mapping : mapping;
  const role = isKnown ? roleOf(column, at, settled) : saidRole(name, hand);
  const holderOf = (to: ColumnRole): string | null => {
    if (!isKnown) return null;
    const holder = columns.findIndex((other, i) => i !== at && roleOf(other, i, settled) === to);
    return holder < 0 ? null : nameInMapping(columns[holder] as ColumnGuess, holder);
  };
  const setRole = (to: ColumnRole) =>
    change((before) =>
      withRole(before, { name, from: role, to, holder: holderOf(to), parts: settled.time?.columns ?? {} }),
    );
  const isField = /^b(_[xyz])?(@|$)/.test(column.becomes ?? "");
  return (
    <Table.Th scope="col" title={column.reason}>
      <Text size="xs" fw={600} className={classes.name} title={column.name}>
        {column.name}
      </Text>
      <NativeSelect
        size="xs"
        mt={2}
        aria-label={`What ${column.name} is`}
        value={role}
        data={roleChoices(role, column)}
        onChange={({ currentTarget: { value } }) => setRole(value as ColumnRole)}
      />
      {isField ? (
        <NativeSelect
          size="xs"
          mt={2}
          aria-label={`Unit of ${column.name}`}
          value={mapping.factor === undefined ? (column.unit ?? "") : "factor"}
          data={[
            ...(column.unit === null ? [{ value: "", label: "unit?" }] : []),
            ...(mapping.factor === undefined ? [] : [{ value: "factor", label: `× ${mapping.factor} nT` }]),
            ...UNITS,
          ]}
          onChange={({ currentTarget: { value } }) => change((before) => withUnit(before, value))}
        />
      ) : null}
      {role === "timestamp_pc" && isKnown ? <TimeFormSelect column={column} hand={hand} /> : null}
      {isKnown ? (
        <Text size="xs" mt={2} className={column.certainty === "guess" ? classes.doubt : classes.sure}>
          {CERTAINTY_WORDS[column.certainty]}
          <span className="visually-hidden">: {column.reason}</span>
        </Text>
      ) : null}
    </Table.Th>
  );
}

function TimeFormSelect({ column, hand }: { column: ColumnGuess; hand: InspectionInHand }) {
  const way = timeWayOf(hand.inspection.mapping.time ?? {});
  return (
    <NativeSelect
      size="xs"
      mt={2}
      aria-label={`How times are written in ${column.name}`}
      value={way ?? ""}
      data={[
        ...(way === null ? [{ value: "", label: column.time_form ?? "how?" }] : []),
        ...TIME_WAYS.map(([value, label]) => ({ value, label })),
      ]}
      onChange={({ currentTarget: { value } }) => {
        const time = TIME_WAYS.find(([one]) => one === value)?.[2];
        if (time === undefined) return;
        hand.change((mapping) => withTime(mapping, { unit: undefined, ...time }));
      }}
    />
  );
}

/** Of a column the server has told nothing of yet: what was said of it. */
function saidRole(name: string, { mapping }: InspectionInHand): ColumnRole {
  const target = TARGET_WORDS.find(([one]) => mapping.columns?.[one] === name)?.[0];
  if (target !== undefined) return target;
  const part = TIME_PART_WORDS.find(([one]) => mapping.time?.columns?.[one] === name)?.[0];
  if (part !== undefined) return `part:${part}`;
  return mapping.ignore?.includes(name) ? "out" : "auto";
}

function roleChoices(role: ColumnRole, { becomes }: ColumnGuess) {
  const groups = [...new Set(TARGET_WORDS.map(([, group]) => group))].map((group) => ({
    group,
    items: TARGET_WORDS.filter(([, of]) => of === group).map(([value, , label]) => ({ value, label })),
  }));
  return [
    ...(role === "kept" ? [{ value: "kept", label: `channel ${becomes}` }] : []),
    { value: "auto", label: "as the file says" },
    { value: "out", label: "left out" },
    ...groups,
    {
      group: "Part of the time",
      items: TIME_PART_WORDS.map(([part, label]) => ({ value: `part:${part}`, label })),
    },
  ];
}
