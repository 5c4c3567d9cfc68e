import type { AuditEntry } from "@magtrace/contracts";
import { Button, Table, Text } from "@mantine/core";
import { Fragment, useState } from "react";
import { formatInstant } from "../../ui/formatMoment.ts";
import { formatCount } from "../../ui/formatNumber.ts";
import { AuditDetail } from "./AuditDetail.tsx";
import type { Choice } from "./AuditFilters.tsx";
import type { AuditSearch } from "./auditSearch.ts";
import { subjectWords } from "./subjectWords.ts";

interface AuditTableProps {
  entries: readonly AuditEntry[];
  people: readonly Choice[];
  projects: readonly Choice[];
  /** Adds a filter to those there are. */
  onNarrow: (filter: AuditSearch) => void;
}

export function AuditTable({ entries, people, projects, onNarrow }: AuditTableProps) {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());

  function toggle(position: number) {
    const next = new Set(opened);
    if (!next.delete(position)) next.add(position);
    setOpened(next);
  }

  const projectName = (id: number) => projects.find((project) => project.id === id)?.name ?? `project ${id}`;
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table withTableBorder highlightOnHover verticalSpacing={4} aria-label="Entries">
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right">No.</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>Action</Table.Th>
            <Table.Th>Subject</Table.Th>
            <Table.Th>Project</Table.Th>
            <Table.Th>From</Table.Th>
            <Table.Th>
              <span className="visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => {
            const isOpen = opened.has(entry.position);
            return (
              <Fragment key={entry.position}>
                <Table.Tr>
                  <Table.Td ta="right">{formatCount(entry.position)}</Table.Td>
                  <Table.Td className="one-line">{formatInstant(entry.at)}</Table.Td>
                  <Table.Td>
                    <Who entry={entry} />
                  </Table.Td>
                  <Table.Td>
                    {entry.action}
                    {entry.count === 1 ? null : ` × ${formatCount(entry.count)}`}
                  </Table.Td>
                  <Table.Td>{subjectWords(entry.subject, people)}</Table.Td>
                  <Table.Td>{entry.project === null ? "–" : projectName(entry.project)}</Table.Td>
                  <Table.Td>{entry.ip ?? "–"}</Table.Td>
                  <Table.Td ta="right">
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-expanded={isOpen}
                      aria-label={`Details of entry ${entry.position}`}
                      onClick={() => toggle(entry.position)}
                    >
                      {isOpen ? "Less" : "Details"}
                    </Button>
                  </Table.Td>
                </Table.Tr>
                {isOpen ? (
                  <Table.Tr>
                    <Table.Td colSpan={8}>
                      <AuditDetail entry={entry} onNarrow={onNarrow} />
                    </Table.Td>
                  </Table.Tr>
                ) : null}
              </Fragment>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Who({ entry }: { entry: AuditEntry }) {
  const byItself = entry.user === null;
  const name = byItself ? "MagTrace itself" : (entry.user_name ?? `user ${entry.user}`);
  const means = entry.credential?.startsWith("session ") ? null : entry.credential;
  return (
    <>
      <Text size="sm" c={byItself ? "dimmed" : "var(--mantine-color-text)"}>
        {name}
      </Text>
      {means === null || means === undefined ? null : (
        <Text size="xs" c="dimmed" maw={180} truncate>
          by {means}
        </Text>
      )}
    </>
  );
}
