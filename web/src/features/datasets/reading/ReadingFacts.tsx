import type { Dataset } from "@magtrace/contracts";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { rereadsQuery } from "../queries.ts";
import { AssumptionList } from "./AssumptionList.tsx";
import { ConfirmReread } from "./ConfirmReread.tsx";
import { OtherReading } from "./OtherReading.tsx";
import { RereadHistory } from "./RereadHistory.tsx";
import { RereadStatus } from "./RereadStatus.tsx";
import { readAssumptions } from "./readAssumptions.ts";
import { SourceFacts } from "./SourceFacts.tsx";
import type { Rereading, WantedReading } from "./useReread.ts";

export interface ReadingProps {
  rereading: Rereading;
  mayEdit: boolean;
  /** Somebody has come here to see what was assumed. */
  showsAssumed: boolean;
}

interface ReadingFactsProps extends ReadingProps {
  dataset: Dataset;
  report: Record<string, unknown>;
  onGoTo: (row: number) => void;
  /** What stands between what was assumed and how it was read; it can want another reading, too. */
  children: (onWant: ((wanted: WantedReading) => void) | null, isBusy: boolean) => ReactNode;
}

/** How a file was read: what was assumed, and the ways to have it read otherwise. */
export function ReadingFacts(props: ReadingFactsProps) {
  const { dataset, report, rereading, mayEdit, showsAssumed, onGoTo, children } = props;
  const [wanted, setWanted] = useState<WantedReading | null>(null);
  const history = useQuery(rereadsQuery(dataset.id));
  const rereads = history.data?.rows ?? [];
  const isUnderWay = rereads.some(({ finished_at }) => finished_at === null);
  const isBusy = rereading.isPending || isUnderWay;
  const onWant = mayEdit ? setWanted : null;
  return (
    <>
      <RereadStatus datasetId={dataset.id} rereading={rereading} isUnderWay={isUnderWay} />
      <AssumptionList
        dataset={dataset}
        assumptions={readAssumptions(report)}
        onWant={onWant}
        isBusy={isBusy}
        takesFocus={showsAssumed}
      />
      {children(onWant, isBusy)}
      <SourceFacts dataset={dataset} report={report} onGoTo={onGoTo} />
      {onWant === null ? null : (
        <div>
          <OtherReading dataset={dataset} onWant={onWant} isBusy={isBusy} />
        </div>
      )}
      <RereadHistory
        dataset={dataset}
        rereads={rereads}
        total={history.data?.total ?? 0}
        onWant={onWant}
        isBusy={isBusy}
      />
      <ConfirmReread
        datasetId={dataset.id}
        fileName={dataset.original_name}
        wanted={wanted}
        onClose={() => setWanted(null)}
        onConfirm={(confirmed) => {
          setWanted(null);
          rereading.ask(confirmed);
        }}
      />
    </>
  );
}
