import type { JobState, QueueFigures } from "@magtrace/contracts";
import { Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { formatDuration } from "../../ui/formatMoment.ts";
import { countWords, QUEUE_WORDS, STATE_WORDS } from "./jobWords.ts";

/** How each kind of work does. Whatever is counted leads to its jobs. */
export function QueueTable({ queues }: { queues: readonly QueueFigures[] }) {
  return (
    <Table.ScrollContainer minWidth={820}>
      <Table withTableBorder highlightOnHover verticalSpacing={4} aria-label="Kinds of work">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Work</Table.Th>
            <Table.Th ta="right">Waiting</Table.Th>
            <Table.Th ta="right">Failed</Table.Th>
            <Table.Th ta="right">Running</Table.Th>
            <Table.Th ta="right">To be tried again</Table.Th>
            <Table.Th ta="right">Longest wait</Table.Th>
            <Table.Th ta="right">Done, last hour</Table.Th>
            <Table.Th ta="right">Done, last day</Table.Th>
            <Table.Th ta="right">Takes, mostly</Table.Th>
            <Table.Th ta="right">95 % within</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {inOrder(queues).map((figures) => (
            <QueueRow key={figures.queue} figures={figures} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What people ask for first, what the installation does by itself last. */
function inOrder(queues: readonly QueueFigures[]): QueueFigures[] {
  const order = Object.keys(QUEUE_WORDS);
  return queues.toSorted((a, b) => order.indexOf(a.queue) - order.indexOf(b.queue));
}

function QueueRow({ figures }: { figures: QueueFigures }) {
  const { queue, oldest_waiting_s, median_s, p95_s } = figures;
  return (
    <Table.Tr>
      <Table.Td className="one-line">
        <Link to="/administration/jobs" search={{ queue }} className="quiet-link">
          {QUEUE_WORDS[queue]}
        </Link>
      </Table.Td>
      <CountCell figures={figures} state="waiting" />
      <CountCell figures={figures} state="failed" />
      <CountCell figures={figures} state="active" />
      <CountCell figures={figures} state="retrying" />
      <Table.Td ta="right" className="one-line">
        {oldest_waiting_s === null ? "–" : formatDuration(oldest_waiting_s)}
      </Table.Td>
      <Table.Td ta="right">{countWords(figures.done_last_hour)}</Table.Td>
      <Table.Td ta="right">{countWords(figures.done_last_day)}</Table.Td>
      <Table.Td ta="right" className="one-line">
        {median_s === null ? "–" : formatDuration(median_s)}
      </Table.Td>
      <Table.Td ta="right" className="one-line">
        {p95_s === null ? "–" : formatDuration(p95_s)}
      </Table.Td>
    </Table.Tr>
  );
}

interface CountCellProps {
  figures: QueueFigures;
  state: Extract<JobState, "waiting" | "retrying" | "active" | "failed">;
}

function CountCell({ figures, state }: CountCellProps) {
  const { queue, [state]: count } = figures;
  const text = countWords(count);
  return (
    <Table.Td ta="right">
      {count === 0 ? (
        text
      ) : (
        <Link
          to="/administration/jobs"
          search={{ queue, state }}
          className="quiet-link"
          {...(state === "failed" ? { style: { color: "var(--mantine-color-error)", fontWeight: 600 } } : {})}
          aria-label={`${text} ${STATE_WORDS[state]}: ${QUEUE_WORDS[queue]}`}
        >
          {text}
        </Link>
      )}
    </Table.Td>
  );
}
