/** Rows made at a time. */
const CHUNK_ROWS = 20_000;
const START_MS = Date.UTC(2026, 4, 1, 12);

export interface SyntheticCsv {
  readonly rows: number;
  /** `full`: all eleven columns, about 100 bytes a row; `field`: time and b_x, b_y, b_z, about 50. */
  readonly columns: "full" | "field";
}

/** A survey of 100 readings a second as MagTrace's own CSV; the same for the same arguments. Memory: one chunk. */
export function* syntheticCsv({ rows, columns }: SyntheticCsv): Generator<Buffer> {
  const full = columns === "full";
  yield Buffer.from(
    `timestamp_pc,b_x,b_y,b_z${full ? ",lat,lon,altitude,thetax,thetay,thetaz,sensor_id" : ""}\n`,
  );
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    let text = "";
    for (let row = from; row < Math.min(from + CHUNK_ROWS, rows); row++) {
      const time = new Date(START_MS + row * 10).toISOString();
      const swell = 500 * Math.sin(row / 4000);
      const x = (20_123.456 + swell + 40 * random()).toFixed(3);
      const y = (-1_234.567 + 40 * random()).toFixed(3);
      const z = (43_210.987 - swell + 40 * random()).toFixed(3);
      text += `${time},${x},${y},${z}`;
      if (full) {
        const [lat, lon] = [(47.3 + row * 1e-8).toFixed(7), (8.5 + random() * 1e-5).toFixed(7)];
        text += `,${lat},${lon},${(450 + random()).toFixed(2)},${(random() * 3).toFixed(3)},${(random() * 3).toFixed(3)},${(random() * 360).toFixed(2)},S1`;
      }
      text += "\n";
    }
    yield Buffer.from(text);
  }
}
