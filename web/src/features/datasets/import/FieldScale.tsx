import type { ColumnMapping } from "@magtrace/contracts";
import { Group, NativeSelect, NumberInput } from "@mantine/core";
import { saidOnly } from "./mappingParts.ts";
import type { InspectionInHand } from "./useInspection.ts";
import { UNITS } from "./words.ts";

/** The unit of the field's columns, or how many nT one of their numbers is. */
export function FieldScale({ hand }: { hand: InspectionInHand }) {
  const { unit, factor } = hand.mapping;
  return (
    <Group gap="xs" mt="xs" align="end" grow>
      <NativeSelect
        size="xs"
        label="Unit of the field"
        value={unit ?? ""}
        data={[{ value: "", label: "not said" }, ...UNITS]}
        onChange={({ currentTarget: { value } }) => hand.change((mapping) => withUnit(mapping, value))}
      />
      <NumberInput
        size="xs"
        label="or nT in one count"
        placeholder="such as 0.15"
        value={factor ?? ""}
        onChange={(value) => hand.change((mapping) => withFactor(mapping, value))}
      />
    </Group>
  );
}

export function withUnit(mapping: ColumnMapping, value: string): ColumnMapping {
  return saidOnly({ ...mapping, factor: undefined, unit: UNITS.find((unit) => unit === value) });
}

function withFactor(mapping: ColumnMapping, value: number | string): ColumnMapping {
  if (typeof value !== "number" || value === 0) return saidOnly({ ...mapping, factor: undefined });
  return saidOnly({ ...mapping, unit: undefined, factor: value });
}
