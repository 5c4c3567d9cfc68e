import type { Annotation, Category, Dataset } from "@magtrace/contracts";
import { Group, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { activeCategories, categoryLooks, categoryOfKey, lookOf } from "../labels/categoryChoice.ts";
import { ImportLabelsButton } from "../labels/ImportLabelsButton.tsx";
import { LabelEditor } from "../labels/LabelEditor.tsx";
import { LabelList } from "../labels/LabelList.tsx";
import { categoriesQuery } from "../labels/queries.ts";
import { TrackMap } from "../map/TrackMap.tsx";
import { useRights } from "../projects/rights.ts";
import { FIELD_CHANNELS } from "../timeline/channelLooks.ts";
import type { ChartInterval } from "../timeline/intervals.ts";
import { SelectionFields } from "../timeline/SelectionFields.tsx";
import { TimelineChart } from "../timeline/TimelineChart.tsx";
import { useKeys } from "../timeline/useKeys.ts";
import type { DragMode } from "../timeline/usePointer.ts";
import { ViewportModel } from "../timeline/ViewportModel.ts";
import { moveViewByKey } from "../timeline/viewKeys.ts";
import { fullView, viewAround, viewShowing } from "../timeline/viewport.ts";
import { DatasetFacts } from "./DatasetFacts.tsx";
import classes from "./DatasetPage.module.css";
import { qualityQuery } from "./queries.ts";
import { assumedInShort, readAssumptions } from "./reading/readAssumptions.ts";
import { useReread } from "./reading/useReread.ts";
import { readTimeKind } from "./readTimeKind.ts";
import { useLabelling } from "./useLabelling.ts";
import { WorkbenchToolbar } from "./WorkbenchToolbar.tsx";

const NO_CATEGORIES: Category[] = [];
const AROUND_ROW = 200;

/** Looking and labelling: the timeline with its toolbar, the labels and the facts beside it. */
export function DatasetWorkbench({ dataset }: { dataset: Dataset }) {
  const search = useSearch({ from: "/signed-in/projects/$projectId/datasets/$datasetId" });
  const { mayEdit } = useRights(dataset.project);
  const rows = dataset.total_records;
  // A file that is read again may give other rows: then the view begins anew.
  const model = useMemo(
    () =>
      new ViewportModel(
        rows,
        search.from === undefined || search.to === undefined
          ? fullView(rows)
          : viewAround({ start: search.from, end: Math.max(search.from, search.to) }, rows),
      ),
    [rows, search.from, search.to],
  );
  const fieldChannels = useMemo(
    () => FIELD_CHANNELS.filter((channel) => dataset.channels.includes(channel)),
    [dataset.channels],
  );
  const trackStarts = useMemo(() => dataset.tracks.map((track) => track.start_index), [dataset.tracks]);
  const [chosen, setShown] = useState<string[] | null>(null);
  const shown = useMemo(() => {
    const there = chosen?.filter((channel) => dataset.channels.includes(channel)) ?? [];
    return there.length > 0 || chosen?.length === 0 ? there : fieldChannels;
  }, [chosen, dataset.channels, fieldChannels]);
  const loadedChannels = useMemo(
    () => [...fieldChannels, ...shown.filter((channel) => !fieldChannels.includes(channel))],
    [fieldChannels, shown],
  );
  const [mode, setMode] = useState<DragMode>("select");
  const [tab, setTab] = useState<string | null>("labels");
  const [showsAssumed, setShowsAssumed] = useState(false);
  const rereading = useReread(dataset);
  const quality = useQuery(qualityQuery(dataset.id)).data;
  const assumed = useMemo(
    () => (quality === undefined ? null : assumedInShort(readAssumptions(quality))),
    [quality],
  );
  const labelling = useLabelling(dataset.id, mayEdit);
  const { labels, actions, selection, setSelection, picked, pickedId, setPickedId } = labelling;
  const { change, choose, remove, takeBack } = labelling;

  const categories = useQuery(categoriesQuery(dataset.project)).data ?? NO_CATEGORIES;
  const looks = useMemo(() => categoryLooks(categories), [categories]);
  const intervals = useMemo(
    () =>
      labels.annotations.map((annotation): ChartInterval => {
        const look = lookOf(looks, annotation.category);
        return {
          key: String(annotation.id),
          start: annotation.start_index,
          end: annotation.end_index,
          color: look.color,
          text: look.name,
        };
      }),
    [labels.annotations, looks],
  );

  function pick(annotation: Annotation) {
    setPickedId(annotation.id);
    setSelection(null);
    model.jump(viewAround({ start: annotation.start_index, end: annotation.end_index }, rows));
  }

  const goToRow = useCallback(
    (row: number) =>
      model.jump(
        viewAround(
          { start: Math.max(0, row - AROUND_ROW), end: Math.min(rows - 1, row + AROUND_ROW) },
          rows,
          0,
        ),
      ),
    [model, rows],
  );

  useKeys((event) => {
    if (mayEdit && (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "z") {
      takeBack(event.shiftKey ? "redo" : "undo");
      return true;
    }
    if (mayEdit && event.ctrlKey && event.key.toLowerCase() === "y") {
      takeBack("redo");
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Escape") {
      setSelection(null);
      setPickedId(null);
      return true;
    }
    const category = categoryOfKey(categories, event.key);
    if (category !== undefined && (selection !== null || picked !== null)) {
      choose(category);
      return true;
    }
    if (event.key === "Delete" && picked !== null && mayEdit) {
      remove(picked);
      return true;
    }
    if (event.key === "v" || event.key === "s") {
      setMode(event.key === "s" ? "select" : "pan");
      return true;
    }
    return moveViewByKey(model, event);
  });

  const extraChannels = dataset.channels.filter((channel) => !FIELD_CHANNELS.includes(channel));
  return (
    <div className={classes.page}>
      <WorkbenchToolbar
        dataset={dataset}
        model={model}
        channels={[...fieldChannels, ...extraChannels]}
        shown={shown}
        onShow={setShown}
        mode={mode}
        onMode={setMode}
        assumed={assumed}
        onShowAssumed={() => {
          setShowsAssumed(true);
          setTab("facts");
        }}
        labelling={
          mayEdit
            ? {
                categories,
                isArmed: selection !== null || picked !== null,
                onChoose: choose,
                onTakeBack: takeBack,
                isTakingBack: actions.undo.isPending || actions.redo.isPending,
              }
            : null
        }
      />
      <div className={classes.work}>
        <div className={classes.main}>
          <TimelineChart
            datasetId={dataset.id}
            version={dataset.last_reread ?? 0}
            trackStarts={trackStarts}
            timeKind={readTimeKind(dataset)}
            model={model}
            channels={shown}
            loadedChannels={loadedChannels}
            intervals={intervals}
            mode={mode}
            selection={selection}
            onSelect={setSelection}
            pickedKey={pickedId === null ? null : String(pickedId)}
            onPick={(interval) => {
              setPickedId(interval === null ? null : Number(interval.key));
              if (interval !== null) model.set(viewShowing(model.get(), interval, rows));
            }}
            onReshape={
              mayEdit
                ? (interval, range) =>
                    change({ id: Number(interval.key), start_index: range.start, end_index: range.end })
                : undefined
            }
          />
        </div>
        <aside className={classes.side} aria-label="About this dataset">
          <Tabs
            value={tab}
            onChange={(next) => {
              setShowsAssumed(false);
              setTab(next);
            }}
            style={{ display: "flex", flexDirection: "column", height: "100%" }}
            keepMounted={false}
          >
            <Tabs.List>
              <Tabs.Tab value="labels">Labels ({labels.total})</Tabs.Tab>
              <Tabs.Tab value="facts">Facts</Tabs.Tab>
              {dataset.channels.includes("lat") && dataset.channels.includes("lon") ? (
                <Tabs.Tab value="map">Map</Tabs.Tab>
              ) : null}
            </Tabs.List>
            <Tabs.Panel value="labels" className={classes.sideBody}>
              <div className={classes.listArea}>
                {mayEdit ? (
                  <SelectionFields rows={rows} selection={selection} onSelect={setSelection} />
                ) : null}
                <div className={classes.listGrow}>
                  <LabelList
                    labels={labels}
                    looks={looks}
                    pickedId={pickedId}
                    mayEdit={mayEdit}
                    onPick={pick}
                  />
                </div>
                {picked === null ? null : (
                  <LabelEditor
                    key={`${picked.id} ${picked.updated_at}`}
                    annotation={picked}
                    categories={
                      activeCategories(categories).some(({ id }) => id === picked.category)
                        ? activeCategories(categories)
                        : categories
                    }
                    projectId={dataset.project}
                    rows={rows}
                    mayEdit={mayEdit}
                    onChange={(fields) => change({ id: picked.id, ...fields })}
                    onDelete={() => remove(picked)}
                    onGoTo={() => pick(picked)}
                  />
                )}
                <Group gap="xs" p="xs">
                  {mayEdit ? <ImportLabelsButton datasetId={dataset.id} actions={actions} /> : null}
                  {mayEdit ? (
                    <>
                      <LinkButton
                        size="compact-sm"
                        variant="default"
                        to="/projects/$projectId/training"
                        params={{ projectId: dataset.project }}
                        search={{ dataset: dataset.id }}
                      >
                        Train
                      </LinkButton>
                      <LinkButton
                        size="compact-sm"
                        variant="default"
                        to="/projects/$projectId/predictions"
                        params={{ projectId: dataset.project }}
                        search={{ dataset: dataset.id }}
                      >
                        Predict
                      </LinkButton>
                    </>
                  ) : null}
                </Group>
              </div>
            </Tabs.Panel>
            <Tabs.Panel value="facts" className={classes.sideBody}>
              <DatasetFacts
                dataset={dataset}
                onGoTo={goToRow}
                rereading={rereading}
                mayEdit={mayEdit}
                showsAssumed={showsAssumed}
              />
            </Tabs.Panel>
            <Tabs.Panel value="map" className={classes.sideBody}>
              <TrackMap datasetId={dataset.id} model={model} onGoTo={goToRow} />
            </Tabs.Panel>
          </Tabs>
        </aside>
      </div>
    </div>
  );
}
