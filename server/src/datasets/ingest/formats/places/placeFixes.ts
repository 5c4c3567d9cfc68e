/** Numbers of a fix: time, latitude, longitude, altitude. */
const WIDTH = 4;
const MOST_FIXES = 1_000_000;
/** Fixes that lie further apart say nothing of what is between them. */
export const BRIDGED_US = 10e6;
/** How far the nearest fix may lie where there is none on both sides. */
export const NEAREST_US = 5e6;
const MOST_LATITUDE = 90;
const MOST_LONGITUDE = 360;

/** Positions of rows; NaN where there is none. */
export interface Placed {
  readonly lat: Float64Array;
  readonly lon: Float64Array;
  readonly altitude: Float64Array;
  /** Rows with a position. */
  readonly count: number;
  /** Distance in time of the farthest fix that was used, µs. */
  readonly farthestUs: number;
}

/** Fixes of a receiver, to be joined onto readings by time. At most a million: of more, every second one is kept. */
export class PlaceFixes {
  #values = new Float64Array(WIDTH * 1024);
  #count = 0;
  #seen = 0;
  #stride = 1;
  #inOrder = true;

  get count(): number {
    return this.#count;
  }

  /** Fixes that cannot be, and zeros, which receivers write while they have none, are left out. */
  add(us: number, latDeg: number, lonDeg: number, altitudeM: number): void {
    const isPlace = Math.abs(latDeg) <= MOST_LATITUDE && Math.abs(lonDeg) <= MOST_LONGITUDE;
    if (!Number.isFinite(us) || !isPlace || (latDeg === 0 && lonDeg === 0)) return;
    if (this.#seen++ % this.#stride !== 0) return;
    if (this.#count === MOST_FIXES) this.#halve();
    const at = WIDTH * this.#count;
    if (at === this.#values.length) {
      const larger = new Float64Array(2 * at);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#inOrder &&= this.#count === 0 || us >= this.#values[at - WIDTH];
    this.#values[at] = us;
    this.#values[at + 1] = latDeg;
    this.#values[at + 2] = lonDeg;
    this.#values[at + 3] = altitudeM;
    this.#count++;
  }

  /**
   * Where the readings of these times were taken: between two fixes at most 10 s apart by a straight line, else at the
   * nearest fix if that is at most 5 s away. Cost O(rows · log fixes).
   */
  locate(timeUs: Float64Array, rows: number): Placed {
    this.#sortOnce();
    const lat = new Float64Array(rows).fill(Number.NaN);
    const lon = new Float64Array(rows).fill(Number.NaN);
    const altitude = new Float64Array(rows).fill(Number.NaN);
    let count = 0;
    let farthestUs = 0;
    for (let i = 0; i < rows; i++) {
      const us = timeUs[i];
      const after = this.#firstAtOrAfter(us);
      const share = this.#shareOfLater(after, us);
      if (share === null) continue;
      const a = WIDTH * (share === 1 ? after : after - 1);
      const b = WIDTH * (share === 0 ? after - 1 : after);
      lat[i] = between(this.#values[a + 1], this.#values[b + 1], share);
      lon[i] = between(this.#values[a + 2], this.#values[b + 2], share);
      altitude[i] = between(this.#values[a + 3], this.#values[b + 3], share);
      farthestUs = Math.max(
        farthestUs,
        Math.min(Math.abs(us - this.#values[a]), Math.abs(this.#values[b] - us)),
      );
      count++;
    }
    return { lat, lon, altitude, count, farthestUs };
  }

  /** How much the fix at `after` counts beside the one before it; null: neither does. */
  #shareOfLater(after: number, us: number): number | null {
    const toLater = after < this.#count ? this.#values[WIDTH * after] - us : Number.POSITIVE_INFINITY;
    const fromEarlier = after > 0 ? us - this.#values[WIDTH * (after - 1)] : Number.POSITIVE_INFINITY;
    const gap = toLater + fromEarlier;
    if (toLater === 0) return 1;
    if (gap <= BRIDGED_US && !this.#crossesDateLine(after)) return fromEarlier / gap;
    if (Math.min(toLater, fromEarlier) <= NEAREST_US) return toLater < fromEarlier ? 1 : 0;
    return null;
  }

  #crossesDateLine(after: number): boolean {
    return Math.abs(this.#values[WIDTH * after + 2] - this.#values[WIDTH * (after - 1) + 2]) > 180;
  }

  #firstAtOrAfter(us: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#values[WIDTH * middle] < us) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #halve(): void {
    for (let i = 0; 2 * i < this.#count; i++) {
      this.#values.copyWithin(WIDTH * i, 2 * WIDTH * i, 2 * WIDTH * i + WIDTH);
    }
    this.#count = Math.ceil(this.#count / 2);
    this.#stride *= 2;
  }

  #sortOnce(): void {
    if (this.#inOrder) return;
    const values = this.#values;
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i).sort(
      (a, b) => values[WIDTH * a] - values[WIDTH * b],
    );
    const sorted = new Float64Array(WIDTH * this.#count);
    order.forEach((from, to) => {
      sorted.set(values.subarray(WIDTH * from, WIDTH * from + WIDTH), WIDTH * to);
    });
    this.#values = sorted;
    this.#inOrder = true;
  }
}

function between(earlier: number, later: number, share: number): number {
  return earlier + (later - earlier) * share;
}
