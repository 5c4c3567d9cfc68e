import type { ColumnMapping, Dataset, Reread } from "@magtrace/contracts";
import { Button, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { formatMoment } from "../../../ui/formatMoment.ts";
import { countOf } from "../../../ui/formatNumber.ts";
import { projectMembersQuery } from "../../projects/queries.ts";
import { describeChange } from "./describeMapping.ts";
import type { WantedReading } from "./useReread.ts";

interface RereadHistoryProps {
  dataset: Dataset;
  rereads: readonly Reread[];
  total: number;
  /** Null for those who may only look. */
  onWant: ((wanted: WantedReading) => void) | null;
  isBusy: boolean;
}

interface Entry {
  readonly key: number;
  readonly when: string;
  readonly who: number | null;
  readonly what: string;
  readonly mapping: ColumnMapping | null;
  readonly error: string | null;
  readonly hasEnded: boolean;
  readonly isNow: boolean;
}

/** How the file was read so far, and the way back to each reading. */
export function RereadHistory({ dataset, rereads, total, onWant, isBusy }: RereadHistoryProps) {
  const members = useQuery(projectMembersQuery(dataset.project));
  if (rereads.length === 0) return null;
  const nameOf = (id: number | null) =>
    members.data?.rows.find(({ user }) => user === id)?.name ?? "somebody who is not in the project";
  const entries = entriesOf(dataset, rereads, total);
  return (
    <section aria-label="Readings so far">
      <Title order={2} mb={4}>
        Readings so far
      </Title>
      <ul style={{ margin: 0, paddingLeft: 18 }}>
        {entries.map((entry) => (
          <li key={entry.key}>
            <Group gap={6} justify="space-between" wrap="nowrap" align="flex-start" mb={4}>
              <div>
                <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                  {entry.what}
                </Text>
                <Text size="xs" c="dimmed">
                  {formatMoment(entry.when)} · {members.data === undefined ? "–" : nameOf(entry.who)}
                </Text>
                {entry.error === null ? null : (
                  <Text size="xs" c="red">
                    Not done: {entry.error}
                  </Text>
                )}
              </div>
              {entry.isNow ? (
                <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                  as it is now
                </Text>
              ) : onWant === null || !entry.hasEnded || entry.error !== null ? null : (
                <Button
                  size="compact-xs"
                  variant="default"
                  flex="none"
                  disabled={isBusy}
                  aria-label={`Go back to this: ${entry.what}, ${formatMoment(entry.when)}`}
                  onClick={() =>
                    onWant({ label: `as on ${formatMoment(entry.when)}`, mapping: entry.mapping })
                  }
                >
                  Go back to this
                </Button>
              )}
            </Group>
          </li>
        ))}
      </ul>
      {total > rereads.length ? (
        <Text size="xs" c="dimmed">
          {countOf(total - rereads.length, "earlier reading")} not shown.
        </Text>
      ) : null}
    </section>
  );
}

/** The newest first; below them, where all are there, the reading of the upload. */
function entriesOf(dataset: Dataset, rereads: readonly Reread[], total: number): Entry[] {
  const entries = rereads.map((one): Entry => {
    const hasFailed = one.status === "failed";
    return {
      key: one.id,
      when: one.finished_at ?? one.created_at,
      who: one.created_by,
      what: capital(describeChange(one.previous_mapping, one.mapping).join("; ")),
      mapping: one.mapping,
      error: hasFailed ? (one.error ?? "Reading failed.") : null,
      hasEnded: one.finished_at !== null,
      isNow: one.id === dataset.last_reread,
    };
  });
  const oldest = rereads.at(-1);
  if (oldest === undefined || total > rereads.length) return entries;
  return [
    ...entries,
    {
      key: 0,
      when: dataset.uploaded_at,
      who: dataset.uploaded_by,
      what: "As it was read when it was uploaded",
      mapping: oldest.previous_mapping,
      error: null,
      hasEnded: true,
      isNow: (dataset.last_reread ?? null) === null,
    },
  ];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
