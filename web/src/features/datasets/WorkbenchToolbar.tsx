import type { Category, Dataset } from "@magtrace/contracts";
import { Button, Group, SegmentedControl, Tooltip } from "@mantine/core";
import { usePageHeading } from "../../ui/PageHeading.tsx";
import { CategoryPalette } from "../labels/CategoryPalette.tsx";
import { ChannelToggles } from "../timeline/ChannelToggles.tsx";
import type { DragMode } from "../timeline/usePointer.ts";
import type { ViewportModel } from "../timeline/ViewportModel.ts";
import { fullView, zoomAt } from "../timeline/viewport.ts";
import classes from "./DatasetPage.module.css";

interface WorkbenchToolbarProps {
  dataset: Dataset;
  model: ViewportModel;
  channels: readonly string[];
  shown: readonly string[];
  onShow: (shown: string[]) => void;
  mode: DragMode;
  onMode: (mode: DragMode) => void;
  /** What was assumed of units and times: "µT, UTC". Null where nothing was. */
  assumed: string | null;
  onShowAssumed: () => void;
  /** Null for those who may only look. */
  labelling: {
    categories: readonly Category[];
    isArmed: boolean;
    onChoose: (category: Category) => void;
    onTakeBack: (direction: "undo" | "redo") => void;
    isTakingBack: boolean;
  } | null;
}

/** What can be done with the timeline; everything here has a key as well. */
export function WorkbenchToolbar(props: WorkbenchToolbarProps) {
  const heading = usePageHeading(props.dataset.name);
  const { dataset, model, channels, shown, onShow, mode, onMode, labelling } = props;
  const { rows } = model;
  return (
    <div className={classes.toolbar} role="toolbar" aria-label="Timeline tools">
      <h1 {...heading} className={classes.name} title={dataset.name}>
        {dataset.name}
      </h1>
      {props.assumed === null ? null : (
        <Tooltip label="The file does not say this. See the facts for why, and to change it." openDelay={300}>
          <Button size="compact-xs" variant="light" color="orange" fw={500} onClick={props.onShowAssumed}>
            Assumed: {props.assumed}
          </Button>
        </Tooltip>
      )}
      <SegmentedControl
        size="xs"
        aria-label="What dragging does"
        value={mode}
        onChange={(value) => onMode(value as DragMode)}
        data={[
          { value: "select", label: "Select" },
          { value: "pan", label: "Pan" },
        ]}
      />
      <ChannelToggles channels={channels} shown={shown} onChange={onShow} />
      <Group gap={4}>
        <Tooltip label="Zoom in (+)" openDelay={600}>
          <Button
            size="compact-sm"
            variant="default"
            aria-label="Zoom in"
            onClick={() => model.jump(zoomAt(model.get(), rows, 0.5, 0.5))}
          >
            +
          </Button>
        </Tooltip>
        <Tooltip label="Zoom out (-)" openDelay={600}>
          <Button
            size="compact-sm"
            variant="default"
            aria-label="Zoom out"
            onClick={() => model.jump(zoomAt(model.get(), rows, 2, 0.5))}
          >
            −
          </Button>
        </Tooltip>
        <Tooltip label="Show everything (Home)" openDelay={600}>
          <Button size="compact-sm" variant="default" onClick={() => model.jump(fullView(rows))}>
            Reset zoom
          </Button>
        </Tooltip>
      </Group>
      {labelling !== null ? (
        <>
          <Group gap={4}>
            <Button
              size="compact-sm"
              variant="default"
              aria-keyshortcuts="Control+Z"
              loading={labelling.isTakingBack}
              onClick={() => labelling.onTakeBack("undo")}
            >
              Undo
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              aria-keyshortcuts="Control+Shift+Z"
              loading={labelling.isTakingBack}
              onClick={() => labelling.onTakeBack("redo")}
            >
              Redo
            </Button>
          </Group>
          <CategoryPalette
            projectId={dataset.project}
            categories={labelling.categories}
            isArmed={labelling.isArmed}
            onChoose={labelling.onChoose}
          />
        </>
      ) : null}
    </div>
  );
}
