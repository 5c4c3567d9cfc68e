import type { Assumption, Choice, ColumnMapping, Question } from "@magtrace/contracts";
import { mergeMapping } from "../reading/mergeMapping.ts";
import { holdsMapping, withoutMapping } from "./mappingParts.ts";

/** A question or an assumption with the readings to choose from. */
export interface ChoiceCard {
  readonly key: string;
  readonly kind: "question" | "assumption";
  readonly subject: Question["subject"];
  /** The question, or what was assumed. */
  readonly title: string;
  readonly reason: string;
  readonly choices: readonly Choice[];
  /** Whether it was asked by an upload, which had read all of the file. */
  readonly isOfUpload: boolean;
}

export const questionCard = (question: Question, isOfUpload: boolean): ChoiceCard => ({
  key: `question ${question.subject} ${question.column ?? ""} ${question.asked}`,
  kind: "question",
  subject: question.subject,
  title: question.asked,
  reason: question.reason,
  choices: question.choices,
  isOfUpload,
});

export const assumptionCard = (assumption: Assumption, at: number): ChoiceCard => ({
  key: `assumption ${assumption.subject} ${assumption.column ?? ""} ${assumption.others.length === 0 ? at : ""}`,
  kind: "assumption",
  subject: assumption.subject,
  title: takenWords(assumption),
  reason: assumption.reason,
  choices: assumption.others,
  isOfUpload: false,
});

/** What was taken, as a sentence of its own: of a unit or an encoding the server names that alone. */
function takenWords({ subject, taken }: Assumption): string {
  if (subject === "field_unit") return `The field is in ${taken}.`;
  if (subject === "encoding") return `The text is ${taken}.`;
  return taken;
}

/** Whether a question was answered by something else than one of its choices. */
function isAnsweredOtherwise({ kind, subject, choices }: ChoiceCard, mapping: ColumnMapping): boolean {
  if (kind !== "question") return false;
  if (subject === "field_unit") return mapping.factor !== undefined || mapping.unit !== undefined;
  return asksForRate({ choices }) && mapping.time?.rate_hz !== undefined;
}

/** Whether a card asks how many rows there are in a second. */
export function asksForRate({ choices }: Pick<ChoiceCard, "choices">): boolean {
  return choices.some(({ mapping }) => mapping.time?.form === "rate");
}

/** Which of a card's choices a mapping holds; -1: none. */
export function chosenOf({ choices }: ChoiceCard, mapping: ColumnMapping): number {
  return choices.findIndex((choice) => holdsMapping(mapping, choice.mapping));
}

/** A mapping with another of a card's choices, or with none. */
export function withChoice(mapping: ColumnMapping, { choices }: ChoiceCard, at: number): ColumnMapping {
  const cleared = choices.reduce((left, choice) => withoutMapping(left, choice.mapping), mapping);
  const chosen = choices[at];
  return chosen === undefined ? cleared : mergeMapping(cleared, chosen.mapping);
}

/** Whether a card waits for an answer. One without choices that an upload asked is answered by any change. */
export function isOpenQuestion(card: ChoiceCard, mapping: ColumnMapping, first: ColumnMapping): boolean {
  if (card.kind !== "question" || chosenOf(card, mapping) >= 0) return false;
  if (isAnsweredOtherwise(card, mapping)) return false;
  return !(card.choices.length === 0 && card.isOfUpload && mapping !== first);
}

/** The cards there are now, and those that were answered: a choice stays where it was made, to be taken back. */
export function rememberCards(
  before: readonly ChoiceCard[],
  now: readonly ChoiceCard[],
  mapping: ColumnMapping,
): ChoiceCard[] {
  const kept = before.flatMap((card) => {
    if (chosenOf(card, mapping) >= 0 || isAnsweredOtherwise(card, mapping)) return [card];
    const same = now.find(({ key }) => key === card.key);
    return same === undefined ? [] : [same];
  });
  const known = new Set(kept.map(({ key }) => key));
  return [...kept, ...now.filter(({ key }) => !known.has(key))];
}
