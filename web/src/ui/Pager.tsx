import { Group, Pagination, Text } from "@mantine/core";
import { formatCount } from "./formatNumber.ts";

interface PagerProps {
  /** What is listed, e.g. "datasets". */
  what: string;
  page: number;
  pageSize: number;
  total: number;
  onPage: (page: number) => void;
}

/** Pages count from 1. Nothing is shown while one page holds everything. */
export function Pager({ what, page, pageSize, total, onPage }: PagerProps) {
  const pages = Math.ceil(total / pageSize);
  if (pages <= 1) return null;
  const first = (page - 1) * pageSize + 1;
  return (
    <Group justify="space-between" mt="sm">
      <Text size="sm" c="dimmed">
        {formatCount(first)}–{formatCount(Math.min(total, first + pageSize - 1))} of {formatCount(total)}{" "}
        {what}
      </Text>
      <Pagination
        size="sm"
        total={pages}
        value={page}
        onChange={onPage}
        getControlProps={(control) => ({ "aria-label": `${control} page of ${what}` })}
        getItemProps={(item) => ({ "aria-label": `Page ${item} of ${what}` })}
      />
    </Group>
  );
}
