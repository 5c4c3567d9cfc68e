import { usOfNanoseconds } from "../../time/calendar.ts";
import type { IngestRequest } from "../../types.ts";
import { UnpackingLimit } from "../../unpackingLimit.ts";
import { PlaceFixes } from "../places/placeFixes.ts";
import { ChannelDecoders, type Topic } from "./channelDecoders.ts";
import type { DecodedMessage } from "./decodedMessage.ts";
import { type McapMessage, mcapRows } from "./mcapRecords.ts";

const LOOKED_MESSAGES = 200;

/** What is known of the messages of a topic. */
export interface SurveyedTopic extends Topic {
  count: number;
  /** Of the first messages, µs: how long after its stamp each was recorded. */
  readonly delaysUs: number[];
  /** Of the first messages: when they were recorded, µs. */
  readonly loggedUs: number[];
}

export interface Survey {
  /** With data that are read, in the order of their first message. */
  readonly topics: readonly SurveyedTopic[];
  /** What else there is. */
  readonly others: readonly Topic[];
  /** Positions by the stamps of their messages, and by when they were recorded. */
  readonly fixes: { readonly byStamp: PlaceFixes; readonly byLog: PlaceFixes };
  /** The topic whose positions these are. */
  readonly placeTopic: string | null;
}

/** Reads a recording once for what its topics are and for the fixes of the first that has any. */
export async function surveyTopics(
  bytes: AsyncIterable<Uint8Array>,
  request: IngestRequest,
): Promise<Survey> {
  const decoders = new ChannelDecoders();
  const topics = new Map<string, SurveyedTopic>();
  const fixes = { byStamp: new PlaceFixes(), byLog: new PlaceFixes() };
  let placeTopic: string | null = null;
  const message = (one: McapMessage): null => {
    const topic = decoders.topicOf(one);
    if (topic === null || topic.decoder === null) return null;
    const isPlace = topic.decoder.kind === "place";
    const surveyed = topics.get(topic.topic) ?? { ...topic, count: 0, delaysUs: [], loggedUs: [] };
    const isKnown = surveyed.count >= LOOKED_MESSAGES;
    if (isKnown && (!isPlace || topic.topic !== placeTopic)) return null;
    const read = decoded(topic, one);
    if (read === null) return null;
    const loggedUs = usOfNanoseconds(one.logTime);
    topics.set(topic.topic, surveyed);
    surveyed.count++;
    if (!isKnown) surveyed.loggedUs.push(loggedUs);
    if (!isKnown && read.stampUs !== null) surveyed.delaysUs.push(loggedUs - read.stampUs);
    if (!isPlace) return null;
    placeTopic ??= topic.topic;
    if (topic.topic !== placeTopic) return null;
    const [lat, lon, altitude] = read.values;
    fixes.byStamp.add(read.stampUs ?? loggedUs, lat, lon, altitude);
    fixes.byLog.add(loggedUs, lat, lon, altitude);
    return null;
  };
  const limit = new UnpackingLimit(request.source.size, request.limits);
  const visitor = {
    schema: decoders.addSchema.bind(decoders),
    channel: decoders.addChannel.bind(decoders),
    message,
  };
  for await (const _ of mcapRows<never>(bytes, limit, visitor, () => undefined))
    request.signal?.throwIfAborted();
  const readings = [...topics.values()].filter(({ decoder }) => decoder?.kind !== "place");
  return {
    topics: readings,
    others: decoders.topics.filter(({ topic }) => !topics.has(topic)),
    fixes,
    placeTopic,
  };
}

/** @returns null where the message holds no measurement, or is shorter than its schema says. */
export function decoded({ decoder }: Topic, { data }: McapMessage): DecodedMessage | null {
  try {
    return decoder?.decode(data) ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
