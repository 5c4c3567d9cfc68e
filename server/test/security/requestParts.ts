import type { Operation } from "./openApiDocument.ts";

/** A request that keeps to its operation's schemas, in parts that can be spoilt one by one. */
export interface RequestParts {
  readonly operation: Operation;
  readonly method: string;
  /** Encoded. */
  readonly segments: readonly string[];
  /** Names and values, encoded. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly bytes: Buffer | null;
}

/** Percent-encoding that half characters do not stop. */
export function encoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const sign = String.fromCharCode(byte);
      return /[\w.~-]/.test(sign) ? sign : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}
