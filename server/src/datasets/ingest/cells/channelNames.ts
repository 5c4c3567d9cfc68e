import { claimedNames, reservedNames } from "@magtrace/series/withoutArrow";
import { TARGETS } from "./columnNames.ts";

const LONGEST_CHANNEL = 60;

/** Gives extra columns names that are safe everywhere and clash with nothing a series derives from a channel. */
export class ChannelNames {
  readonly #taken = new Set([...reservedNames(), ...TARGETS.flatMap(claimedNames)]);

  take(text: string): string {
    // Clipped first as well: a name can have tens of thousands of characters, all of them `_`.
    const plain = text
      .slice(0, 4 * LONGEST_CHANNEL)
      .replace(/[^\p{L}\p{N}_]+/gu, "_")
      .replace(/^_+|_+$/g, "")
      .slice(0, LONGEST_CHANNEL);
    const stem = /^[\p{L}_]/u.test(plain) ? plain : `column_${plain || "unnamed"}`;
    for (let n = 1; ; n++) {
      const name = n === 1 ? stem : `${stem}_${n}`;
      if (claimedNames(name).some((claimed) => this.#taken.has(claimed))) continue;
      for (const claimed of claimedNames(name)) this.#taken.add(claimed);
      return name;
    }
  }
}
