import type { LabelOffer } from "@magtrace/contracts";
import { Badge, Group, Switch, Text } from "@mantine/core";
import { countOf, formatCount } from "../../../ui/formatNumber.ts";
import type { InspectionInHand } from "./useInspection.ts";

const VALUES_SHOWN = 12;

/** A column of text that can become labels. */
export function LabelOffers({ hand }: { hand: InspectionInHand }) {
  return hand.inspection.labels.map((offer) => <Offer key={offer.column} offer={offer} hand={hand} />);
}

function Offer({ offer, hand }: { offer: LabelOffer; hand: InspectionInHand }) {
  const { column, values, distinct, runs } = offer;
  const isTaken = hand.mapping.columns?.label === column;
  return (
    <section aria-label="Labels in the file">
      <Switch
        label={`Make labels of the column “${column}”`}
        description={`${countOf(distinct, "value")} in ${countOf(runs, "run")} of rows; each run becomes a label, and categories that do not exist yet are made.`}
        checked={isTaken}
        onChange={() =>
          hand.change(({ columns = {}, ...mapping }) => {
            const { label: _, ...others } = columns;
            const next = isTaken ? others : { ...others, label: column };
            return Object.keys(next).length === 0 ? mapping : { ...mapping, columns: next };
          })
        }
      />
      <Group gap={6} mt={6}>
        {values.slice(0, VALUES_SHOWN).map(({ value, rows, runs: own }) => (
          <Badge key={value} variant="light" color="gray" tt="none" fw={400} c="inherit">
            {value} · {formatCount(rows)} rows, {countOf(own, "run")}
          </Badge>
        ))}
        {distinct > VALUES_SHOWN ? (
          <Text size="xs">and {formatCount(distinct - VALUES_SHOWN)} more</Text>
        ) : null}
      </Group>
    </section>
  );
}
