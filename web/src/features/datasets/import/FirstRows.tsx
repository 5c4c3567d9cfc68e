import type { ColumnGuess, Inspection } from "@magtrace/contracts";
import { Table, Text, Title } from "@mantine/core";
import { ColumnHead } from "./ColumnHead.tsx";
import classes from "./importDialog.module.css";
import type { InspectionInHand } from "./useInspection.ts";

/** Of a file whose columns are not known yet: their places, called as the first row has them where that is all words. */
function columnsByPlace(rows: Inspection["rows"]): ColumnGuess[] {
  const count = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const first = rows[0]?.cells ?? [];
  const isHeader = first.length > 1 && first.every((cell) => cell.trim() !== "" && !/^[-+.,\d]/.test(cell));
  return Array.from({ length: count }, (_, at) => ({
    name: (isHeader ? first[at] : undefined) ?? `#${at + 1}`,
    becomes: null,
    unit: null,
    time_form: null,
    certainty: "guess",
    reason: "It is not known yet what the columns are.",
  }));
}

/** The first rows of a file, under what each column is taken for, which can be changed there. */
export function FirstRows({ fileName, hand }: { fileName: string; hand: InspectionInHand }) {
  const { rows, columns: known } = hand.inspection;
  if (rows.length === 0) return null;
  const isKnown = known.length > 0;
  const columns = isKnown ? known : columnsByPlace(rows);
  const places = columns.map((column, at) => ({ column, at, place: `#${at + 1}` }));
  return (
    <section aria-label="The file">
      <Title order={3} size="h6" mb={6}>
        {rows.length === 1 ? "The first row" : `The first ${rows.length} rows`}
      </Title>
      <section
        className={classes.rows}
        aria-label={`First rows of ${fileName}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
        tabIndex={0}
      >
        <Table verticalSpacing={2} horizontalSpacing={8} aria-label={`Columns of ${fileName}`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th className={classes.line}>
                <Text size="xs" span c="dimmed">
                  Line
                </Text>
              </Table.Th>
              {places.map(({ column, at, place }) => (
                <ColumnHead
                  key={place}
                  column={column}
                  at={at}
                  columns={columns}
                  isKnown={isKnown}
                  hand={hand}
                />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ line, cells }) => (
              <Table.Tr key={line}>
                <Table.Td className={classes.line} fz="xs">
                  {line}
                </Table.Td>
                {places.map(({ column, at, place }) => (
                  <Table.Td key={place} className={cellClass(column, isKnown)} title={cells[at]}>
                    {cells[at] ?? ""}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </section>
  );
}

const cellClass = ({ becomes }: ColumnGuess, isKnown: boolean): string =>
  isKnown && becomes === null ? `${classes.cell} ${classes.out}` : (classes.cell ?? "");
