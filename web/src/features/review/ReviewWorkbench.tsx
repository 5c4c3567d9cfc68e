import type { Dataset, IntervalDecision, PredictedInterval, Prediction } from "@magtrace/contracts";
import { Alert, Button, Group, List, Select, Slider, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { errorSentence } from "../../api/apiError.ts";
import { apiUrl } from "../../api/client.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { countOf, formatCount } from "../../ui/formatNumber.ts";
import { showFailure } from "../../ui/notify.ts";
import { usePageHeading } from "../../ui/PageHeading.tsx";
import classes from "../datasets/DatasetPage.module.css";
import { readTimeKind } from "../datasets/readTimeKind.ts";
import { activeCategories, categoryLooks, lookOf } from "../labels/categoryChoice.ts";
import { categoriesQuery } from "../labels/queries.ts";
import { useRights } from "../projects/rights.ts";
import { ChannelToggles } from "../timeline/ChannelToggles.tsx";
import { FIELD_CHANNELS } from "../timeline/channelLooks.ts";
import { TimelineChart } from "../timeline/TimelineChart.tsx";
import { useKeys } from "../timeline/useKeys.ts";
import { ViewportModel } from "../timeline/ViewportModel.ts";
import { moveViewByKey } from "../timeline/viewKeys.ts";
import { fullView, type RowRange, viewAround } from "../timeline/viewport.ts";
import { DecisionPanel } from "./DecisionPanel.tsx";
import { useReview } from "./queries.ts";
import { ReviewList } from "./ReviewList.tsx";
import { neighbour, nextPending, type ReviewSort } from "./reviewOrder.ts";
import { useChartIntervals } from "./useChartIntervals.ts";
import { useDrawnIntervals } from "./useDrawnIntervals.ts";
import { useIntervals } from "./useIntervals.ts";

interface ReviewWorkbenchProps {
  prediction: Prediction;
  dataset: Dataset;
}

/** Deciding on what a model found: over the timeline, one by one or all from a confidence upward. */
export function ReviewWorkbench({ prediction, dataset }: ReviewWorkbenchProps) {
  const { mayEdit } = useRights(dataset.project);
  const title = `Review: ${dataset.name}`;
  const heading = usePageHeading(title);
  const rows = dataset.total_records;
  const [model] = useState(() => new ViewportModel(rows));
  const review = useReview(prediction.id);
  const categories = useQuery(categoriesQuery(dataset.project)).data ?? [];
  const looks = useMemo(() => categoryLooks(categories), [categories]);
  const fieldChannels = useMemo(
    () => FIELD_CHANNELS.filter((channel) => dataset.channels.includes(channel)),
    [dataset.channels],
  );
  const trackStarts = useMemo(() => dataset.tracks.map((track) => track.start_index), [dataset.tracks]);
  const [shown, setShown] = useState(fieldChannels);
  const [sort, setSort] = useState<ReviewSort>("uncertain");
  const [pickedIndex, setPickedIndex] = useState<number | null>(null);
  const [threshold, setThreshold] = useState(0.8);
  /** Rows of the interval in hand as they were dragged, until it is decided. */
  const [reshaped, setReshaped] = useState<RowRange | null>(null);

  const { isWhole, ordered, total, open, above, loadMore } = useIntervals(prediction, sort, threshold);
  const { inView, inOverview, note } = useDrawnIntervals(prediction, model, isWhole);
  const isPicked = (interval: PredictedInterval) => interval.index === pickedIndex;
  const found = ordered.find(isPicked) ?? inView.find(isPicked) ?? null;
  const picked =
    found !== null && reshaped !== null
      ? { ...found, start_index: reshaped.start, end_index: reshaped.end }
      : found;
  const chart = useChartIntervals(
    isWhole ? { inView: ordered, inOverview: ordered } : { inView, inOverview },
    {
      found,
      reshaped,
      looks,
    },
  );

  function pick(interval: PredictedInterval | null) {
    setReshaped(null);
    setPickedIndex(interval?.index ?? null);
    if (interval !== null)
      model.jump(viewAround({ start: interval.start_index, end: interval.end_index }, rows, 1.5));
  }

  function decide(decision: IntervalDecision) {
    const next = nextPending(ordered, decision.index);
    review.mutate(
      { status: "modified", modifications: [decision] },
      {
        onSuccess: () => {
          if (next !== null) pick(next);
          else setReshaped(null);
        },
        onError: (error) => showFailure("The decision was not saved", errorSentence(error)),
      },
    );
  }

  function decideAll(status: "accepted" | "rejected") {
    review.mutate(status === "accepted" ? { status, min_confidence: threshold } : { status }, {
      onSuccess: () => setReshaped(null),
      onError: (error) => showFailure("The decisions were not saved", errorSentence(error)),
    });
  }

  useKeys((event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const isOpen = mayEdit && found?.review === "pending" && !review.isPending;
    switch (event.key) {
      case "a":
        if (isOpen) {
          decide(
            reshaped === null
              ? { index: found.index, action: "accept" }
              : {
                  index: found.index,
                  action: "modify",
                  start_index: reshaped.start,
                  end_index: reshaped.end,
                },
          );
        }
        return true;
      case "r":
        if (isOpen) decide({ index: found.index, action: "reject" });
        return true;
      case "n":
        pick(nextPending(ordered, pickedIndex));
        return true;
      case "j":
        pick(neighbour(ordered, pickedIndex, 1));
        return true;
      case "k":
        pick(neighbour(ordered, pickedIndex, -1));
        return true;
      case "Escape":
        pick(null);
        return true;
      default:
        return moveViewByKey(model, event);
    }
  });

  return (
    <div className={classes.page}>
      <div className={classes.toolbar} role="toolbar" aria-label="Review tools">
        <h1 {...heading} className={classes.name} title={dataset.name}>
          {title}
        </h1>
        <ChannelToggles channels={fieldChannels} shown={shown} onChange={setShown} />
        <Button size="compact-sm" variant="default" onClick={() => model.jump(fullView(rows))}>
          Reset zoom
        </Button>
        <Text size="sm" role="status">
          {total === 0
            ? "Nothing was found."
            : open === 0
              ? `All ${formatCount(total)} decided.`
              : `${formatCount(open)} of ${formatCount(total)} open`}
        </Text>
        {note === null ? null : (
          <Text size="sm" c="dimmed" role="status">
            {note}
          </Text>
        )}
        <Link
          to="/projects/$projectId/datasets/$datasetId"
          params={{ projectId: dataset.project, datasetId: dataset.id }}
          className="quiet-link"
        >
          <Text size="sm">Open the dataset</Text>
        </Link>
        <Button
          component="a"
          size="compact-sm"
          variant="default"
          href={apiUrl("annotations/export/", { dataset_id: dataset.id, format: "csv" })}
          download
        >
          Export labels (CSV)
        </Button>
      </div>
      {prediction.warnings.length === 0 ? null : (
        <Alert color="orange" title="Read this before you accept" role="alert" py={6} radius={0}>
          <List size="sm">
            {prediction.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <div className={classes.work}>
        <div className={classes.main}>
          <TimelineChart
            datasetId={dataset.id}
            version={dataset.last_reread ?? 0}
            trackStarts={trackStarts}
            timeKind={readTimeKind(dataset)}
            model={model}
            channels={shown}
            loadedChannels={fieldChannels}
            intervals={chart.inView}
            overviewIntervals={chart.inOverview}
            mode="pan"
            selection={null}
            onSelect={() => undefined}
            pickedKey={pickedIndex === null ? null : String(pickedIndex)}
            onPick={(interval) => {
              setReshaped(null);
              setPickedIndex(interval === null ? null : Number(interval.key));
            }}
            onReshape={mayEdit && found?.review === "pending" ? (_, range) => setReshaped(range) : undefined}
          />
        </div>
        <aside className={classes.side} aria-label="Found intervals and decisions">
          {total === 0 ? (
            <EmptyState
              title="Nothing was found"
              hint="The model named no stretch of this recording. Label more examples and train again, or try another recording."
            />
          ) : (
            <>
              {mayEdit ? (
                <Stack gap={6} p="sm">
                  <Text size="xs" c="dimmed">
                    Accept everything open with a confidence of at least {Math.round(threshold * 100)} %
                  </Text>
                  <Slider
                    size="sm"
                    min={0}
                    max={1}
                    step={0.01}
                    value={threshold}
                    onChange={setThreshold}
                    label={(value) => `${Math.round(value * 100)} %`}
                    thumbLabel="Least confidence to accept"
                  />
                  <Group gap="xs">
                    <Button
                      size="compact-sm"
                      color="teal"
                      variant="light"
                      disabled={above === 0}
                      loading={review.isPending}
                      onClick={() => decideAll("accepted")}
                    >
                      Accept {countOf(above, "interval")}
                    </Button>
                    <Button
                      size="compact-sm"
                      color="red"
                      variant="subtle"
                      disabled={open === 0}
                      loading={review.isPending}
                      onClick={() => decideAll("rejected")}
                    >
                      Reject the rest
                    </Button>
                  </Group>
                </Stack>
              ) : null}
              <Group px="sm" pb={4}>
                <Select
                  size="xs"
                  aria-label="Order of the list"
                  allowDeselect={false}
                  data={[
                    { value: "uncertain", label: "least certain first" },
                    { value: "certain", label: "most certain first" },
                    { value: "row", label: "in the order of rows" },
                  ]}
                  value={sort}
                  onChange={(value) => setSort(value as ReviewSort)}
                />
              </Group>
              <div className={classes.listGrow}>
                <ReviewList
                  ordered={ordered}
                  colorOf={(interval) => lookOf(looks, interval.category_id).color}
                  pickedIndex={pickedIndex}
                  onPick={pick}
                  onEnd={loadMore}
                />
              </div>
              {picked === null || !mayEdit ? null : (
                <DecisionPanel
                  key={`${picked.index} ${picked.start_index} ${picked.end_index} ${picked.review}`}
                  interval={picked}
                  original={found ?? picked}
                  categories={activeCategories(categories)}
                  rows={rows}
                  isSaving={review.isPending}
                  onDecide={decide}
                  onNext={() => pick(nextPending(ordered, pickedIndex))}
                />
              )}
            </>
          )}
        </aside>
      </div>
    </div>
  );
}
