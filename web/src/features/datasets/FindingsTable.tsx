import { Code, ScrollArea, Table, Text } from "@mantine/core";
import { formatCount } from "../../ui/formatNumber.ts";
import type { Findings } from "./readFindings.ts";

/** What has to be mended in a file, line by line. */
export function FindingsTable({ findings }: { findings: Findings }) {
  return (
    <>
      <Text size="sm" mb={4}>
        {findings.total > findings.shown.length
          ? `The first ${formatCount(findings.shown.length)} of ${formatCount(findings.total)} things to mend:`
          : "What to mend:"}
      </Text>
      <ScrollArea.Autosize mah={260}>
        <Table withTableBorder verticalSpacing={3} horizontalSpacing="sm" aria-label="Findings" stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th ta="right">Line</Table.Th>
              <Table.Th>Column</Table.Th>
              <Table.Th>Value</Table.Th>
              <Table.Th>Expected</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {findings.shown.map((finding, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes and has no other identity
              <Table.Tr key={i}>
                <Table.Td ta="right">{finding.line === null ? "–" : formatCount(finding.line)}</Table.Td>
                <Table.Td>{finding.column ?? "–"}</Table.Td>
                <Table.Td>{finding.value === null ? "–" : <Code>{finding.value}</Code>}</Table.Td>
                <Table.Td>{finding.expected}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </>
  );
}
