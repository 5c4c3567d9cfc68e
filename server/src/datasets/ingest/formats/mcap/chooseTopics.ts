import type { Assumption, Choice } from "@magtrace/contracts";
import { RefusedFile } from "../../findings.ts";
import type { Survey, SurveyedTopic } from "./surveyTopics.ts";

const ORDER = ["field", "vector", "other", "place"];
const MOST_CHOICES = 20;

/**
 * Topics that are read: the one asked for, or all whose messages are alike, those of a magnetic field by their schema first.
 *
 * @throws {RefusedFile} there is none.
 */
export function chooseTopics(
  { topics, others }: Survey,
  asked: string | undefined,
): { topics: readonly SurveyedTopic[]; assumptions: readonly Assumption[] } {
  if (asked !== undefined) {
    const topic = topics.find((one) => one.topic === asked);
    if (topic !== undefined) return { topics: [topic], assumptions: [] };
    const expected = `the topic the mapping names as member; magnetometers are ${listed(topics)}`;
    throw new RefusedFile({ code: "column_unknown", value: asked, expected });
  }
  const [first] = [...topics].sort((a, b) => rankOf(a) - rankOf(b));
  if (first === undefined) {
    const expected = `a topic of sensor_msgs/MagneticField, or JSON or protobuf messages with a field's axes; this recording has ${listed(others)}`;
    throw new RefusedFile({ code: "column_missing", value: "an MCAP recording", expected });
  }
  const alike = topics.filter((one) => kindOf(one) === kindOf(first));
  const unlike = topics.filter((one) => !alike.includes(one));
  if (unlike.length === 0) return { topics: alike, assumptions: [] };
  const assumption: Assumption = {
    subject: "sensors",
    taken: `the topics ${listed(alike)}`,
    reason: `The recording has ${listed(unlike)}, too, whose messages are of another kind.`,
    column: null,
    others: unlike.slice(0, MOST_CHOICES).map(({ topic }): Choice => {
      return { label: topic.slice(0, 200), mapping: { member: topic } };
    }),
  };
  return { topics: alike, assumptions: [assumption] };
}

function kindOf({ decoder }: SurveyedTopic): string {
  return JSON.stringify([decoder?.kind, decoder?.names]);
}

function rankOf({ decoder }: SurveyedTopic): number {
  return ORDER.indexOf(decoder?.kind ?? "place");
}

function listed(topics: readonly { readonly topic: string; readonly schemaName: string }[]): string {
  const shown = topics
    .slice(0, 12)
    .map(({ topic, schemaName }) => `${topic.slice(0, 80)} (${schemaName.slice(0, 80)})`);
  return shown.join(", ") + (topics.length > shown.length ? " …" : "") || "none";
}
