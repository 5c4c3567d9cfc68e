import { ByteBuffer } from "flatbuffers";

/** Arrow's own metadata needs a quarter of that: each field, node and buffer that is looked up takes several bytes. */
const LOOKS_PER_BYTE = 1;
const FREE_LOOKS = 10_000;
/** What a file of a million batches comes to. */
const MOST_LOOKS = 2_000_000;

/**
 * Arrow's metadata is a FlatBuffer, which the library reads without verifying it: lengths in it may be any number, and
 * its parts may lie in one another, so that a file of some kilobytes takes minutes and gigabytes. Counts what is looked
 * up in each buffer, and gives up where that is more than its bytes can be worth.
 */
export function boundArrowMetadata(): void {
  const { prototype } = ByteBuffer;
  const looks = new WeakMap<ByteBuffer, number>();
  const find = prototype.__offset;
  prototype.__offset = function counted(this: ByteBuffer, place: number, field: number): number {
    const count = (looks.get(this) ?? 0) + 1;
    looks.set(this, count);
    if (count > Math.min(FREE_LOOKS + LOOKS_PER_BYTE * this.capacity(), MOST_LOOKS)) {
      throw new RangeError("its metadata refers to itself, or has lengths that cannot be");
    }
    return find.call(this, place, field);
  };
}
