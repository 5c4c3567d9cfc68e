/** What is read of a message. */
export interface DecodedMessage {
  /** When it was measured, µs since 1970 or since a start; null where it does not say. */
  readonly stampUs: number | null;
  /** As many as the decoder has names; NaN where there is no value. */
  readonly values: readonly number[];
}

/** Reads the messages of one schema. */
export interface MessageDecoder {
  /** A field comes before a place, and a field whose unit is known before one whose is not. */
  readonly kind: "field" | "vector" | "other" | "place";
  /** Names of the values, as a table would have them. `place`: latitude, longitude, altitude. */
  readonly names: readonly string[];
  /** @returns null where the message holds no measurement. @throws {RangeError} it is shorter than its schema says. */
  decode(data: Uint8Array): DecodedMessage | null;
}
