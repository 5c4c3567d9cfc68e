import type { Inspection, TimeMapping } from "@magtrace/contracts";
import { Button, Collapse, NativeSelect, NumberInput, SimpleGrid, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { FieldScale } from "./FieldScale.tsx";
import { FirstMoment } from "./FirstMoment.tsx";
import { type MaybeSaid, saidOnly } from "./mappingParts.ts";
import { TextAnswer } from "./TextAnswer.tsx";
import { withRate, withTime } from "./timeAnswers.ts";
import type { InspectionInHand } from "./useInspection.ts";
import { DELIMITER_WORDS, ENCODING_WORDS } from "./words.ts";

const DATE_ORDER_WORDS = [
  { value: "dmy", label: "day, month, year" },
  { value: "mdy", label: "month, day, year" },
  { value: "ymd", label: "year, month, day" },
];
const ZONE = /^(Z|[+-]\d{2}:\d{2})$/;
const AS_FOUND = "";

/** What is seldom to be changed: how the file is written, what its numbers mean, when it began. */
export function FileSettings({ hand }: { hand: InspectionInHand }) {
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <section aria-label="How the file is written">
      <Button size="compact-xs" variant="subtle" aria-expanded={opened} onClick={toggle}>
        {opened
          ? "Hide how the file is written"
          : "More: how the file is written, missing values, rate and start"}
      </Button>
      <Collapse expanded={opened}>{opened ? <Settings hand={hand} /> : null}</Collapse>
    </section>
  );
}

function Settings({ hand }: { hand: InspectionInHand }) {
  const { mapping, inspection, change } = hand;
  const setTime = (time: MaybeSaid<TimeMapping>) => change((before) => withTime(before, time));
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="xs" mt="xs">
        <NumberInput
          size="xs"
          label="Line that names the columns"
          description="0: none does"
          min={0}
          max={10_000}
          allowDecimal={false}
          placeholder={foundLine(inspection)}
          value={mapping.header_line ?? ""}
          onChange={(value) =>
            change((before) =>
              saidOnly({ ...before, header_line: typeof value === "number" ? value : undefined }),
            )
          }
        />
        <Choice
          label="Between the cells"
          found={DELIMITER_WORDS.find(([sign]) => sign === inspection.delimiter)?.[1] ?? null}
          value={mapping.delimiter}
          choices={DELIMITER_WORDS.map(([value, label]) => ({ value, label }))}
          onChange={(delimiter) => change((before) => saidOnly({ ...before, delimiter }))}
        />
        <Choice
          label="Before fractions"
          found={inspection.decimal}
          value={mapping.decimal}
          choices={[
            { value: ".", label: "point" },
            { value: ",", label: "comma" },
          ]}
          onChange={(decimal) => change((before) => saidOnly({ ...before, decimal }))}
        />
        <Choice
          label="Encoding"
          found={inspection.encoding}
          value={mapping.encoding}
          choices={ENCODING_WORDS.map(([value, label]) => ({ value, label }))}
          onChange={(encoding) => change((before) => saidOnly({ ...before, encoding }))}
        />
        <Choice
          label="Dates are written"
          found={null}
          value={mapping.time?.date_order}
          choices={DATE_ORDER_WORDS}
          onChange={(date_order) => setTime({ date_order })}
        />
        <TextAnswer
          label="Zone of the times"
          placeholder="+02:00 or Z"
          value={mapping.time?.zone ?? ""}
          problem={(text) => (text === "" || ZONE.test(text) ? null : "Write it like +02:00, or Z for UTC.")}
          onAnswer={(zone) => setTime({ zone: zone === "" ? undefined : zone })}
        />
        <TextAnswer
          label="Numbers that mean “no value”"
          description="with commas between; none: all are values"
          placeholder="as found"
          value={missingText(mapping.missing)}
          problem={(text) =>
            missingOf(text) === null ? "Write numbers with commas between, or none." : null
          }
          onAnswer={(text) =>
            change((before) =>
              saidOnly({ ...before, missing: text === "" ? undefined : (missingOf(text) ?? []) }),
            )
          }
        />
        <NumberInput
          size="xs"
          label="Rows a second"
          description="where there are no times"
          min={0}
          value={mapping.time?.rate_hz ?? ""}
          onChange={(value) => change((before) => withRate(before, value))}
        />
        <FirstMoment hand={hand} />
        {inspection.format === "zip" || mapping.member !== undefined ? (
          <TextInput size="xs" label="File in the archive" readOnly value={mapping.member ?? "as found"} />
        ) : null}
      </SimpleGrid>
      <FieldScale hand={hand} />
    </>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  /** What the server found by itself. */
  found: string | null;
  value: T | undefined;
  choices: { value: string; label: string }[];
  onChange: (value: T | undefined) => void;
}

function Choice<T extends string>({ label, found, value, choices, onChange }: ChoiceProps<T>) {
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={value ?? AS_FOUND}
      data={[{ value: AS_FOUND, label: found === null ? "as found" : `as found: ${found}` }, ...choices]}
      onChange={({ currentTarget }) =>
        onChange(currentTarget.value === AS_FOUND ? undefined : (currentTarget.value as T))
      }
    />
  );
}

function foundLine({ header_line: line }: Inspection): string {
  return line === null ? "as found" : `as found: ${line}`;
}

function missingText(missing: readonly number[] | undefined): string {
  if (missing === undefined) return "";
  return missing.length === 0 ? "none" : missing.join(", ");
}

/** Null where it is no list of numbers. */
function missingOf(text: string): number[] | null {
  if (text === "" || text === "none") return [];
  const numbers = text.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
  return numbers.every(Number.isFinite) ? numbers : null;
}
