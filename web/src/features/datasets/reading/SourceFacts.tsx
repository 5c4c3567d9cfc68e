import type { Dataset } from "@magtrace/contracts";
import { Anchor, Code, Table, Text, Title } from "@mantine/core";
import { formatCount } from "../../../ui/formatNumber.ts";
import { rateWords } from "../readQuality.ts";
import { describeMapping, targetWord } from "./describeMapping.ts";
import { fieldSentence, formatSentence, sourceColumns, trackRates } from "./readSource.ts";

const TRACKS_SHOWN = 50;

interface SourceFactsProps {
  dataset: Dataset;
  report: Record<string, unknown>;
  onGoTo: (row: number) => void;
}

/** What the file is, by what it was read, and what became of its columns and sensors. */
export function SourceFacts({ dataset, report, onGoTo }: SourceFactsProps) {
  const format = formatSentence(dataset);
  const columns = sourceColumns(dataset);
  const mapping = describeMapping(dataset.mapping ?? {});
  const label = dataset.mapping?.columns?.label;
  return (
    <section aria-label="How it was read">
      <Title order={2} mb={4}>
        How it was read
      </Title>
      {format === null ? null : <Text size="sm">{format}.</Text>}
      <Text size="sm">{fieldSentence(dataset)}</Text>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {mapping.length === 0 ? "Read as the file itself says." : `Given for it: ${mapping.join("; ")}.`}
      </Text>
      {label === undefined ? null : (
        <Text size="sm">Labels were made of the column “{label}”, one for each run of equal values.</Text>
      )}
      {dataset.tracks.length > 1 ? <TrackTable dataset={dataset} report={report} onGoTo={onGoTo} /> : null}
      {columns.length === 0 ? null : (
        <details>
          <summary style={{ cursor: "pointer", fontSize: 13 }}>
            {formatCount(columns.length)} columns of the file
          </summary>
          <Table.ScrollContainer minWidth={0} type="native">
            <Table verticalSpacing={2} horizontalSpacing={4} fz={11} withTableBorder aria-label="Columns">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Column</Table.Th>
                  <Table.Th>became</Table.Th>
                  <Table.Th>unit in the file</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {columns.map(({ name, becomes, unit }, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a file may have two columns of one name
                  <Table.Tr key={i}>
                    <Table.Td>
                      <Code>{name}</Code>
                    </Table.Td>
                    <Table.Td>{becomes === null ? "left out" : targetWord(becomes)}</Table.Td>
                    <Table.Td>{unit ?? "–"}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </details>
      )}
    </section>
  );
}

function TrackTable({ dataset, report, onGoTo }: SourceFactsProps) {
  const rates = trackRates(report);
  const shown = dataset.tracks.slice(0, TRACKS_SHOWN);
  return (
    <>
      <Table.ScrollContainer minWidth={0} type="native" my={6}>
        <Table verticalSpacing={2} horizontalSpacing={4} fz={11} withTableBorder aria-label="Tracks">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Track</Table.Th>
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th ta="right">Rate</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ sensor_id, start_index, end_index }, i) => (
              <Table.Tr key={start_index}>
                <Table.Td>
                  <Anchor component="button" size="xs" onClick={() => onGoTo(start_index)}>
                    {sensor_id ?? "without a name"}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">{formatCount(end_index - start_index + 1)}</Table.Td>
                <Table.Td ta="right">{rateWords(rates[i] ?? null) ?? "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {dataset.tracks.length > shown.length ? (
        <Text size="xs" c="dimmed">
          and {formatCount(dataset.tracks.length - shown.length)} more tracks
        </Text>
      ) : null}
    </>
  );
}
