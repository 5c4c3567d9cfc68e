import { columnName, fitOf } from "../../cells/columnNames.ts";
import { hasField } from "../fieldColumns.ts";
import type { MessageDecoder } from "./decodedMessage.ts";
import { jsonDecoder } from "./jsonMessages.ts";
import type { McapChannel, McapMessage, McapSchema } from "./mcapRecords.ts";
import { protobufDecoder } from "./protobufMessages.ts";
import { rosDecoder } from "./rosMessages.ts";

const MAX_CHANNELS = 10_000;
const MAX_SCHEMAS = 10_000;
const MAX_SCHEMA_BYTES = 4 * 1024 * 1024;
const MAGNETOMETER = /magn|\bmag|mag\b|compass|fluxgate/i;
/** A name that says by itself what it is. */
const CLEAR_FIT = 2;

export interface Topic {
  readonly topic: string;
  readonly schemaName: string;
  /** null where nothing of it is read. */
  readonly decoder: MessageDecoder | null;
}

/** Channels as they come, and how the messages of each are read. */
export class ChannelDecoders {
  readonly #schemas = new Map<number, McapSchema>();
  readonly #channels = new Map<number, McapChannel>();
  readonly #topics = new Map<number, Topic>();
  /** Topics that were read, by topic: a recording that was split has several channels of one. */
  readonly #byTopic = new Map<string, Topic>();

  get topics(): readonly Topic[] {
    return [...this.#byTopic.values()];
  }

  addSchema(schema: McapSchema): void {
    if (this.#schemas.size < MAX_SCHEMAS) this.#schemas.set(schema.id, schema);
  }

  addChannel(channel: McapChannel): void {
    if (this.#channels.size < MAX_CHANNELS && !this.#channels.has(channel.id)) {
      this.#channels.set(channel.id, channel);
    }
  }

  /** By the first message of each channel: JSON tells by itself what is in it. */
  topicOf({ channelId, data }: McapMessage): Topic | null {
    const known = this.#topics.get(channelId);
    if (known !== undefined) return known;
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return null;
    const schema = this.#schemas.get(channel.schemaId);
    const schemaName = schema?.name ?? channel.messageEncoding;
    const same = this.#byTopic.get(channel.topic);
    const topic =
      same?.schemaName === schemaName
        ? same
        : { topic: channel.topic, schemaName, decoder: decoderOf(channel, schema, data) };
    this.#topics.set(channelId, topic);
    if (same === undefined) this.#byTopic.set(channel.topic, topic);
    return topic;
  }
}

function decoderOf(
  { topic, messageEncoding }: McapChannel,
  schema: McapSchema | undefined,
  first: Uint8Array,
): MessageDecoder | null {
  const ros = rosDecoder(schema?.name ?? "", messageEncoding, topic);
  if (ros !== null) return ros;
  const described = describedDecoder(messageEncoding, schema, first);
  if (described === null) return null;
  const names = described.names.map(columnName);
  const place = PLACE.map((target) => names.findIndex((name) => (fitOf(name, target) ?? 9) <= CLEAR_FIT));
  const saysSo = MAGNETOMETER.test(`${topic} ${schema?.name ?? ""}`);
  // Names like x do where the topic is a magnetometer's.
  if (hasField(names, saysSo)) return { ...described, kind: "other" };
  if (place[0] < 0 || place[1] < 0) return null;
  return {
    kind: "place",
    names: PLACE,
    decode: (data) => {
      const message = described.decode(data);
      return message && { ...message, values: place.map((slot) => message.values[slot] ?? Number.NaN) };
    },
  };
}

const PLACE = ["lat", "lon", "altitude"] as const;

function describedDecoder(
  encoding: string,
  schema: McapSchema | undefined,
  first: Uint8Array,
): Omit<MessageDecoder, "kind"> | null {
  if (encoding === "json") return jsonDecoder(first);
  if (encoding !== "protobuf" || schema?.encoding !== "protobuf") return null;
  if (schema.data.length > MAX_SCHEMA_BYTES) return null;
  try {
    return protobufDecoder(schema.data, schema.name);
  } catch (error) {
    // A schema that cannot be read is of a topic that is not read.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
