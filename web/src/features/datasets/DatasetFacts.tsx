import type { Dataset } from "@magtrace/contracts";
import { Anchor, Button, Group, List, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { apiUrl } from "../../api/client.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatBytes, formatCount, formatReading } from "../../ui/formatNumber.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { channelLook } from "../timeline/channelLooks.ts";
import { datasetStatisticsQuery, qualityQuery } from "./queries.ts";
import { mergeMapping } from "./reading/mergeMapping.ts";
import { ReadingFacts, type ReadingProps } from "./reading/ReadingFacts.tsx";
import { type Remark, readQuality, samplingRate } from "./readQuality.ts";

interface DatasetFactsProps extends ReadingProps {
  dataset: Dataset;
  onGoTo: (row: number) => void;
}

/** What is known about a recording: what was assumed, what was odd in the file, figures, and ways to take it away. */
export function DatasetFacts({ dataset, onGoTo, ...reading }: DatasetFactsProps) {
  const statistics = useQuery(datasetStatisticsQuery(dataset.id));
  const quality = useQuery(qualityQuery(dataset.id));
  const rate = quality.data === undefined ? null : samplingRate(quality.data);

  return (
    <Stack gap="md" p="sm">
      {quality.isPending ? (
        <LoadingBlock what="the quality report" height={60} />
      ) : quality.isError ? (
        <ErrorNotice
          title="The quality report could not be loaded"
          error={quality.error}
          onRetry={() => void quality.refetch()}
        />
      ) : (
        <ReadingFacts dataset={dataset} report={quality.data} onGoTo={onGoTo} {...reading}>
          {(onWant, isBusy) => (
            <Remarks
              remarks={readQuality(quality.data)}
              onGoTo={onGoTo}
              onLabels={
                onWant === null || isBusy
                  ? null
                  : (column) =>
                      onWant({
                        label: `with labels from “${column}”`,
                        mapping: mergeMapping(dataset.mapping, { columns: { label: column } }),
                      })
              }
            />
          )}
        </ReadingFacts>
      )}

      <section aria-label="Statistics">
        <Title order={2} mb={4}>
          Statistics
        </Title>
        {statistics.isPending ? (
          <LoadingBlock what="the statistics" height={80} />
        ) : statistics.isError ? (
          <ErrorNotice
            title="The statistics could not be loaded"
            error={statistics.error}
            onRetry={() => void statistics.refetch()}
          />
        ) : (
          <>
            <Text size="xs" c="dimmed">
              {formatCount(statistics.data.total_records)} readings{rate === null ? "" : ` at ${rate}`}
              {statistics.data.sensors.length > 1 ? ` from ${statistics.data.sensors.length} sensors` : ""}
            </Text>
            <Text size="xs" c="dimmed" mb={6}>
              {statistics.data.time_range.start ?? "–"} → {statistics.data.time_range.end ?? "–"}
            </Text>
            <Table.ScrollContainer minWidth={0} type="native">
              <Table verticalSpacing={2} horizontalSpacing={4} fz={11} withTableBorder>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Channel</Table.Th>
                    <Table.Th ta="right">lowest</Table.Th>
                    <Table.Th ta="right">mean</Table.Th>
                    <Table.Th ta="right">highest</Table.Th>
                    <Table.Th ta="right">std</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {Object.entries(statistics.data.channel_stats).map(([channel, spread]) => (
                    <Table.Tr key={channel}>
                      <Table.Td style={{ whiteSpace: "nowrap" }}>
                        {channelLook(channel).title}{" "}
                        <Text span size="xs" c="dimmed">
                          {channelLook(channel).unit}
                        </Text>
                      </Table.Td>
                      <Table.Td ta="right">{formatReading(spread.min, channelLook(channel).unit)}</Table.Td>
                      <Table.Td ta="right">{formatReading(spread.mean, channelLook(channel).unit)}</Table.Td>
                      <Table.Td ta="right">{formatReading(spread.max, channelLook(channel).unit)}</Table.Td>
                      <Table.Td ta="right">{formatReading(spread.std, channelLook(channel).unit)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </>
        )}
      </section>

      <section aria-label="Downloads">
        <Title order={2} mb={4}>
          Take it away
        </Title>
        <Group gap="xs">
          <Button
            component="a"
            size="compact-sm"
            variant="default"
            href={apiUrl(`datasets/${dataset.id}/download/`)}
            download
          >
            Original file
          </Button>
          <Button
            component="a"
            size="compact-sm"
            variant="default"
            href={apiUrl(`datasets/${dataset.id}/series/`)}
            download
          >
            Readings (Arrow)
          </Button>
          {(["csv", "json"] as const).map((format) => (
            <Button
              key={format}
              component="a"
              size="compact-sm"
              variant="default"
              href={apiUrl("annotations/export/", { dataset_id: dataset.id, format })}
              download
            >
              Labels ({format.toUpperCase()})
            </Button>
          ))}
        </Group>
        <Text size="xs" c="dimmed" mt={6} style={{ wordBreak: "break-all" }}>
          {dataset.original_name} · {formatBytes(dataset.original_bytes)}
          {dataset.sha256 === null ? "" : ` · SHA-256 ${dataset.sha256}`}
        </Text>
      </section>
    </Stack>
  );
}

interface RemarksProps {
  remarks: readonly Remark[];
  onGoTo: (row: number) => void;
  /** Makes labels of a column of the file. Null where that cannot be asked for. */
  onLabels: ((column: string) => void) | null;
}

function Remarks({ remarks, onGoTo, onLabels }: RemarksProps) {
  return (
    <section aria-label="Quality">
      <Title order={2} mb={4}>
        Quality
      </Title>
      {remarks.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing odd was found in the file.
        </Text>
      ) : (
        <List size="sm" spacing={4}>
          {remarks.map(({ text, rows, isWarning, labelColumn }) => (
            <List.Item key={text} c={isWarning ? "orange" : "inherit"}>
              {text}{" "}
              {rows.length === 0 ? null : (
                <Text span size="xs">
                  {rows.slice(0, 4).map((row) => (
                    <Anchor key={row} component="button" size="xs" mr={6} onClick={() => onGoTo(row)}>
                      row {formatCount(row)}
                    </Anchor>
                  ))}
                </Text>
              )}
              {labelColumn === undefined || onLabels === null ? null : (
                <Button size="compact-xs" variant="default" onClick={() => onLabels(labelColumn)}>
                  Make labels of it
                </Button>
              )}
            </List.Item>
          ))}
        </List>
      )}
    </section>
  );
}
