import { Group, Pagination, Text } from "@mantine/core";
import { useEffect } from "react";
import { formatCount } from "./formatNumber.ts";

interface PagerProps {
  /** What is listed, e.g. "datasets". */
  what: string;
  page: number;
  pageSize: number;
  total: number;
  onPage: (page: number) => void;
  /** `total` is still that of another list, shown until this one has come. */
  isStale?: boolean;
}

/**
 * Pages count from 1. Nothing is shown while one page holds everything. A page beyond the last, because what was on it
 * has been deleted, becomes the last.
 */
export function Pager({ what, page, pageSize, total, onPage, isStale = false }: PagerProps) {
  const pages = Math.ceil(total / pageSize);
  const last = Math.max(pages, 1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `onPage` is another function each time
  useEffect(() => {
    if (page > last && !isStale) onPage(last);
  }, [page, last, isStale]);
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
