import type { Annotation } from "@magtrace/contracts";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatCount } from "../../ui/formatNumber.ts";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { type CategoryLook, lookOf } from "./categoryChoice.ts";
import classes from "./LabelList.module.css";
import type { Labels } from "./queries.ts";
import { Swatch } from "./Swatch.tsx";

const ROW_HEIGHT = 28;

interface LabelListProps {
  labels: Labels;
  looks: ReadonlyMap<number, CategoryLook>;
  pickedId: number | null;
  mayEdit: boolean;
  onPick: (annotation: Annotation) => void;
}

/** All labels of a dataset in the order of their rows; only the lines in sight are in the page. */
export function LabelList({ labels, looks, pickedId, mayEdit, onPick }: LabelListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { annotations } = labels;
  const list = useVirtualizer({
    count: annotations.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const shown = list.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again for each line that comes into sight
  useEffect(() => {
    if (labels.hasMore && lastShown >= annotations.length - 50) labels.loadMore();
  }, [lastShown, annotations.length, labels.hasMore]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new pick scrolls, not a list that grows
  useEffect(() => {
    const at = annotations.findIndex((annotation) => annotation.id === pickedId);
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
  }, [pickedId]);

  if (labels.isPending) return <LoadingBlock what="the labels" height={100} />;
  if (labels.error !== null && annotations.length === 0) {
    return <ErrorNotice title="The labels could not be loaded" error={labels.error} onRetry={labels.retry} />;
  }
  if (annotations.length === 0) {
    return (
      <EmptyState
        title="No labels yet"
        hint={
          mayEdit
            ? "Switch the pointer to Select, drag over a stretch of the timeline, then press a category's key."
            : "Nobody has labelled this recording yet."
        }
      />
    );
  }
  return (
    <div ref={scroller} className={classes.list} role="listbox" aria-label="Labels" tabIndex={0}>
      <div style={{ height: list.getTotalSize(), position: "relative" }}>
        {shown.map((item) => {
          const annotation = annotations[item.index];
          if (annotation === undefined) return null;
          const look = lookOf(looks, annotation.category);
          return (
            <button
              key={annotation.id}
              type="button"
              role="option"
              aria-selected={annotation.id === pickedId}
              aria-setsize={annotations.length}
              aria-posinset={item.index + 1}
              className={`${classes.row} ${annotation.id === pickedId ? classes.picked : ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => onPick(annotation)}
            >
              <Swatch color={look.color} />
              <span className={classes.name}>{look.name}</span>
              <span className={classes.rows}>
                {formatCount(annotation.start_index)}–{formatCount(annotation.end_index)}
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
