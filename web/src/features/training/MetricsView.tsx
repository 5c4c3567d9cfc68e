import { Alert, Group, List, Paper, Progress, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { formatCount, formatShare } from "../../ui/formatNumber.ts";
import { ConfusionTable } from "./ConfusionTable.tsx";
import type { Figure, Metrics } from "./readMetrics.ts";

const MOST_FEATURES = 10;

function figureText({ value, isShare }: Figure): string {
  if (isShare) return formatShare(value, 1);
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(3)));
}

/** What a session's own validation found. */
export function MetricsView({ metrics }: { metrics: Metrics }) {
  return (
    <Stack gap="lg">
      {metrics.warnings.length === 0 ? null : (
        <Alert color="orange" title="Read this before you trust the scores" role="alert">
          <List size="sm">
            {metrics.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {metrics.figures.length === 0 ? null : (
        <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs" role="group" aria-label="Scores">
          {metrics.figures.map((figure) => (
            <Paper key={figure.name} withBorder p="xs">
              <Text size="xs" c="dimmed">
                {figure.name}
              </Text>
              <Text fw={600}>{figureText(figure)}</Text>
            </Paper>
          ))}
        </SimpleGrid>
      )}
      <Group align="flex-start" gap="xl" wrap="wrap">
        {metrics.classes.length === 0 ? null : (
          <section>
            <Title order={2} mb="xs">
              By category
            </Title>
            <Table withTableBorder verticalSpacing={4} fz="sm" aria-label="Scores by category" w="auto">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Category</Table.Th>
                  <Table.Th ta="right">Precision</Table.Th>
                  <Table.Th ta="right">Recall</Table.Th>
                  <Table.Th ta="right">F1</Table.Th>
                  <Table.Th ta="right">Examples</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {metrics.classes.map((row) => (
                  <Table.Tr key={row.name}>
                    <Table.Td>{row.name}</Table.Td>
                    <Table.Td ta="right">{formatShare(row.precision)}</Table.Td>
                    <Table.Td ta="right">{formatShare(row.recall)}</Table.Td>
                    <Table.Td ta="right">{formatShare(row.f1)}</Table.Td>
                    <Table.Td ta="right">{row.support === null ? "–" : formatCount(row.support)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
        )}
        {metrics.confusion === null ? null : (
          <section style={{ maxWidth: "100%" }}>
            <Title order={2} mb="xs">
              What was taken for what
            </Title>
            <ConfusionTable matrix={metrics.confusion} />
          </section>
        )}
        {metrics.importances.length === 0 ? null : (
          <section>
            <Title order={2} mb="xs">
              What it looks at
            </Title>
            <Stack gap={4} w={280}>
              {metrics.importances.slice(0, MOST_FEATURES).map(({ feature, importance }) => (
                <div key={feature}>
                  <Group justify="space-between">
                    <Text size="xs">{feature}</Text>
                    <Text size="xs" c="dimmed">
                      {formatShare(importance, 1)}
                    </Text>
                  </Group>
                  <Progress
                    size={4}
                    value={(importance / (metrics.importances[0]?.importance || 1)) * 100}
                    aria-label={`Importance of ${feature}`}
                  />
                </div>
              ))}
            </Stack>
          </section>
        )}
      </Group>
    </Stack>
  );
}
