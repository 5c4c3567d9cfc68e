import type { ColumnMapping, Inspection } from "@magtrace/contracts";
import { useEffect, useState } from "react";
import type { AskingItem, Doubt } from "../uploadItem.ts";
import {
  assumptionCard,
  type ChoiceCard,
  isOpenQuestion,
  questionCard,
  rememberCards,
  withChoice,
} from "./choiceCards.ts";
import type { Inspect } from "./inspectFile.ts";
import { isEmptyMapping } from "./mappingParts.ts";
import { profileMapping } from "./profileOf.ts";

/** Typing a number is not to ask for each digit. */
const SETTLE_MS = 300;

export interface InspectionInHand {
  readonly mapping: ColumnMapping;
  /** The last one that was answered; it may be of an earlier mapping. */
  readonly inspection: Inspection;
  /** Whether it is of this mapping. */
  readonly isCurrent: boolean;
  readonly error: unknown;
  readonly cards: readonly ChoiceCard[];
  readonly openQuestions: number;
  isOpen(card: ChoiceCard): boolean;
  /** What is kept where the dialog is closed. */
  readonly doubt: Doubt;
  change(toMapping: (mapping: ColumnMapping) => ColumnMapping): void;
  choose(card: ChoiceCard, at: number): void;
  tryAgain(): void;
}

interface Answered {
  readonly mapping: ColumnMapping;
  readonly inspection: Inspection;
  readonly cards: readonly ChoiceCard[];
}

/** How a file would be read by a mapping that is being changed. Each change is inspected, and the last one counts. */
export function useInspection(item: AskingItem, inspect: Inspect): InspectionInHand {
  const { file } = item;
  const { doubt } = item.state;
  const [mapping, setMapping] = useState(item.mapping);
  const [answered, setAnswered] = useState<Answered>(() => ({
    mapping: doubt.inspectedBy,
    inspection: doubt.inspection,
    cards: rememberCards(doubt.cards, cardsOf(doubt.inspection, doubt), item.mapping),
  }));
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const isCurrent = answered.mapping === mapping;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks for the same again
  useEffect(() => {
    setError(null);
    if (isCurrent) return;
    const stop = new AbortController();
    const take = (inspection: Inspection) => {
      if (stop.signal.aborted) return;
      setAnswered((before) => ({
        mapping,
        inspection,
        cards: rememberCards(before.cards, cardsOf(inspection, doubt), mapping),
      }));
    };
    const timer = window.setTimeout(() => {
      inspect(file, mapping, stop.signal).then(take, (failure: unknown) => {
        if (!stop.signal.aborted) setError(failure);
      });
    }, SETTLE_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [file, inspect, mapping, tries]);

  const { inspection, cards } = answered;
  function change(toMapping: (mapping: ColumnMapping) => ColumnMapping): void {
    // A mapping goes in a profile's place: what that says is kept.
    const isByProfile = inspection.profile !== null && isEmptyMapping(mapping);
    setMapping(toMapping(isByProfile ? profileMapping(inspection, {}) : mapping));
  }

  const isOpen = (card: ChoiceCard): boolean => isOpenQuestion(card, mapping, item.mapping);

  return {
    mapping,
    inspection,
    isCurrent,
    error,
    cards,
    openQuestions: cards.filter(isOpen).length,
    isOpen,
    doubt: { ...doubt, inspection, inspectedBy: answered.mapping, cards },
    change,
    choose: (card, at) => change((before) => withChoice(before, card, at)),
    tryAgain: () => setTries((count) => count + 1),
  };
}

/** What is asked and assumed now. What an upload asked stays asked: an inspection looks at the first part alone. */
function cardsOf(inspection: Inspection, { questions }: Doubt): ChoiceCard[] {
  const cards = [
    ...inspection.questions.map((question) => questionCard(question, false)),
    ...questions.map((question) => questionCard(question, true)),
    ...inspection.assumptions.map(assumptionCard),
  ];
  return cards.filter(({ key }, at) => cards.findIndex((card) => card.key === key) === at);
}
