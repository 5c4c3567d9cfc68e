import type { PredictedInterval } from "@magtrace/contracts";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { formatCount, formatShare } from "../../ui/formatNumber.ts";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { Swatch } from "../labels/Swatch.tsx";
import classes from "./ReviewList.module.css";

const ROW_HEIGHT = 30;

interface ReviewListProps {
  ordered: readonly PredictedInterval[];
  colorOf: (interval: PredictedInterval) => string;
  pickedIndex: number | null;
  onPick: (interval: PredictedInterval) => void;
  /** The end of the list has come into sight. */
  onEnd: () => void;
}

/** What was found, in the chosen order; only the lines in sight are in the page. */
export function ReviewList({ ordered, colorOf, pickedIndex, onPick, onEnd }: ReviewListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: ordered.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new pick scrolls
  useEffect(() => {
    const at = ordered.findIndex((interval) => interval.index === pickedIndex);
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
  }, [pickedIndex]);

  const lastShown = list.getVirtualItems().at(-1)?.index ?? -1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once each time the end is reached
  useEffect(() => {
    if (lastShown >= 0 && lastShown === ordered.length - 1) onEnd();
  }, [lastShown, ordered.length]);

  return (
    <div ref={scroller} className={classes.list} role="listbox" aria-label="Found intervals" tabIndex={0}>
      <div style={{ height: list.getTotalSize(), position: "relative" }}>
        {list.getVirtualItems().map((item) => {
          const interval = ordered[item.index];
          if (interval === undefined) return null;
          const isPicked = interval.index === pickedIndex;
          return (
            <button
              key={interval.index}
              type="button"
              role="option"
              aria-selected={isPicked}
              aria-setsize={ordered.length}
              aria-posinset={item.index + 1}
              className={`${classes.row} ${isPicked ? classes.picked : ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => onPick(interval)}
            >
              <Swatch color={colorOf(interval)} />
              <span className={classes.name}>{interval.category}</span>
              <span className={classes.rows}>
                {formatCount(interval.start_index)}–{formatCount(interval.end_index)}
              </span>
              <span>{formatShare(interval.confidence)}</span>
              <StatusBadge status={interval.review} words={{ pending: "open" }} />
            </button>
          );
        })}
      </div>
    </div>
  );
}
