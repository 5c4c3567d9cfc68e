import type { FinishedSeries, SeriesWriter } from "@magtrace/series";
import { LogHistogram, MAX_ROWS } from "@magtrace/series/withoutArrow";
import { isClock, isRelative, type TimeReading } from "./cells/parseTime.ts";
import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import { ClockUnwrapper } from "./cells/unwrapClock.ts";
import type { FindingList } from "./findings.ts";
import { beyondSentence, LabelRuns } from "./labelRuns.ts";
import { SensorKinds } from "./sensorKinds.ts";
import { gathered, rowsBySensor } from "./sensorRows.ts";
import { magnitude, type SeriesColumn, seriesColumns } from "./seriesColumns.ts";
import { SpilledRuns } from "./spilledRuns.ts";
import type { CellCount, RowBlock } from "./text/rowBlock.ts";
import { MAX_SENSORS, MOST_SENSORS_EXPECTED } from "./text/sensorNames.ts";
import { hasClockBesideDate, StuckDate } from "./time/stuckDate.ts";
import type { LabelColumn, Scratch } from "./types.ts";

const PLACES_KEPT = 10;
const DAY_US = 86400e6;
const MAX_LATITUDE = 90;
/** Both −180…180 and 0…360 are in use. */
const MAX_LONGITUDE = 360;

/** Cells of one channel that hold no value, or none that can be true. */
export interface CellTally {
  readonly channel: string;
  count: number;
  readonly firstLines: number[];
}

/** What was noticed while the rows went by. */
export interface Assembled {
  readonly manifest: FinishedSeries;
  readonly missing: readonly CellTally[];
  readonly notNumbers: readonly CellTally[];
  readonly outOfRange: readonly CellTally[];
  readonly medianFieldNt: number | null;
  /** Rows of sensors of another kind, by the sensor's name. */
  readonly leftOut: ReadonlyMap<string, number>;
  readonly labels: LabelColumn | null;
  readonly rollovers: { readonly count: number; readonly firstLines: readonly number[] };
  /** Midnights that the date beside the clock left out. */
  readonly stuckDates: number;
}

/**
 * Takes blocks of rows in the file's order and appends them to a series: times made continuous, magnitude computed,
 * rows of each sensor brought together. The first sensor's rows are written as they come, the others' wait.
 */
export class SeriesAssembler {
  readonly #columns: ResolvedColumns;
  readonly #seriesColumns: readonly SeriesColumn[];
  readonly #writer: SeriesWriter;
  readonly #findings: FindingList;
  readonly #clock: ClockUnwrapper | null;
  readonly #date: StuckDate | null;
  readonly #spill: SpilledRuns;
  readonly #sensors = new Map<string, number>();
  readonly #kinds = new SensorKinds();
  readonly #fields = new LogHistogram();
  readonly #labels = new LabelRuns();
  readonly #missing: CellTally[];
  readonly #notNumbers: CellTally[];
  readonly #outOfRange = new Map<string, CellTally>();
  readonly #time: TimeReading;
  /** Rows of each sensor so far, where they come at an even rate. */
  readonly #counts = new Map<number, number>();
  #originUs: number | null = null;
  #firstUs = Number.NaN;
  #same = true;
  #midnights = true;
  #line: number;
  #rows = 0;
  #tooMany = false;

  constructor(options: {
    readonly columns: ResolvedColumns;
    readonly time: TimeReading;
    readonly linesBefore: number;
    readonly writer: SeriesWriter;
    readonly scratch: Scratch;
    readonly findings: FindingList;
  }) {
    const { columns, time } = options;
    this.#columns = columns;
    this.#seriesColumns = seriesColumns(columns);
    this.#writer = options.writer;
    this.#findings = options.findings;
    this.#line = options.linesBefore + 1;
    this.#time = time;
    this.#clock = isClock(time.form) && !time.runsOn ? new ClockUnwrapper(time.form) : null;
    this.#date = hasClockBesideDate(time) ? new StuckDate(time.zoneUs ?? 0) : null;
    this.#spill = new SpilledRuns(options.scratch, 1 + this.#seriesColumns.length);
    const tally = (): CellTally[] =>
      columns.values.map(({ channel }) => ({ channel, count: 0, firstLines: [] }));
    this.#missing = tally();
    this.#notNumbers = tally();
  }

  /** Rows of sensors of another kind, by the sensor's name. */
  get leftOut(): ReadonlyMap<string, number> {
    return this.#kinds.leftOut;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Of all rows so far, nT; null where none has a field but 0. */
  get medianFieldNt(): number | null {
    return this.#fields.median();
  }

  /** What all rows have in common: one time, or that it is midnight. */
  get sameness(): "one time" | "midnight" | null {
    if (this.#rows < 3) return null;
    return this.#same ? "one time" : this.#midnights ? "midnight" : null;
  }

  /** Adds a block. Once there is a finding, rows are only counted: the file will be refused. */
  async add(read: RowBlock): Promise<void> {
    const block = this.#kinds.keep(read);
    const line = block.firstLine ?? this.#line;
    const located = block.findings.map((one) =>
      one.line === undefined ? one : { ...one, line: one.line + line - 1 },
    );
    this.#findings.addAll(located, block.totalFindings);
    this.#line += block.lineCount;
    this.#rows += block.rows;
    if (this.#rows > MAX_ROWS && !this.#tooMany) {
      this.#tooMany = true;
      this.#findings.add({ code: "too_many_rows", line, expected: `at most ${MAX_ROWS} rows` });
    }
    if (this.#findings.total > 0 || block.rows === 0) return;
    tallyCells(this.#missing, block.missing, line);
    tallyCells(this.#notNumbers, block.notNumbers, line);
    const codes = this.#sensorCodes(block, line);
    if (codes === null) return;
    this.#labels.add(block, codes);
    this.#refuseLabelsBeyond();
    this.#placeInPlace(block, codes, line);
    this.#checkPositionsInPlace(block, line);
    await this.#append(block, codes);
  }

  /** Appends the rows that waited and finishes the series. */
  async finish(): Promise<Assembled> {
    for (const [name, code] of this.#sensors) {
      if (code === 0) continue;
      this.#writer.startTrack(name);
      for await (const { rows, arrays } of this.#spill.rowsOf(code)) {
        const [timeUs, ...columns] = arrays;
        await this.#writer.append({ rows, timeUs, columns });
      }
    }
    const manifest = await this.#writer.finish();
    await this.#spill.close();
    return {
      manifest,
      missing: this.#missing,
      notNumbers: this.#notNumbers,
      outOfRange: [...this.#outOfRange.values()],
      medianFieldNt: this.medianFieldNt,
      leftOut: this.leftOut,
      labels: this.#labelColumn(manifest),
      rollovers: {
        count: (this.#clock ?? this.#date)?.count ?? 0,
        firstLines: (this.#clock ?? this.#date)?.firstLines ?? [],
      },
      stuckDates: this.#date?.count ?? 0,
    };
  }

  #refuseLabelsBeyond(): void {
    const { label } = this.#columns;
    const { beyond } = this.#labels;
    if (beyond === null || !label?.taken) return;
    this.#findings.add({ code: "not_supported", column: label.name, expected: beyondSentence(beyond) });
  }

  #labelColumn({ tracks }: FinishedSeries): LabelColumn | null {
    const { label } = this.#columns;
    if (label === null) return null;
    const ranges = tracks.map(({ sensorId, startIndex, endIndex }) => {
      return { sensor_id: sensorId, start_index: startIndex, end_index: endIndex - 1 };
    });
    return this.#labels.finish(label.name, label.taken, ranges);
  }

  async abort(): Promise<void> {
    await Promise.all([this.#writer.abort(), this.#spill.close()]);
  }

  /** The file-wide number of each row's sensor: 0 alone means that all are the first. null: too many. */
  #sensorCodes(block: RowBlock, line: number): Int32Array | 0 | null {
    const names = block.sensors === null ? [""] : block.sensorNames;
    for (const name of names) {
      if (this.#sensors.has(name)) continue;
      this.#sensors.set(name, this.#sensors.size);
      if (this.#sensors.size === 1) this.#writer.startTrack(name);
    }
    if (this.#sensors.size > MAX_SENSORS) {
      const column = this.#columns.sensor?.name ?? "sensor_id";
      this.#findings.add({ code: "too_many_sensors", line, column, expected: MOST_SENSORS_EXPECTED });
      return null;
    }
    if (this.#sensors.size === 1 || block.sensors === null) return 0;
    const codeOf = names.map((name) => this.#sensors.get(name)!);
    if (codeOf.every((code) => code === 0)) return 0;
    return block.sensors.subarray(0, block.rows).map((local) => codeOf[local]);
  }

  /** Times within a day made continuous, relative ones counted from the first row, or put where it is known to be. */
  #placeInPlace(block: RowBlock, codes: Int32Array | 0, line: number): void {
    const { timeUs, lines, rows } = block;
    const { startUs, stepUs, form, runsOn } = this.#time;
    if (stepUs !== undefined) {
      for (let i = 0; i < rows; i++) {
        const code = codes === 0 ? 0 : codes[i];
        const count = this.#counts.get(code) ?? 0;
        this.#counts.set(code, count + 1);
        timeUs[i] = Math.round(count * stepUs);
      }
    }
    if (this.#date !== null) {
      for (let i = 0; i < rows; i++)
        timeUs[i] = this.#date.placed(timeUs[i], codes === 0 ? 0 : codes[i], line + lines[i]);
    }
    const fromFirst = isClock(form) || startUs !== undefined;
    const clock = this.#clock;
    if (fromFirst || clock !== null || runsOn) {
      for (let i = 0; i < rows; i++) {
        const us =
          clock === null ? timeUs[i] : clock.unwrap(timeUs[i], codes === 0 ? 0 : codes[i], line + lines[i]);
        this.#originUs ??= us;
        timeUs[i] = us - this.#originUs + (startUs ?? 0);
      }
    }
    this.#compareTimes(timeUs, rows);
  }

  #compareTimes(timeUs: Float64Array, rows: number): void {
    if (Number.isNaN(this.#firstUs)) {
      this.#firstUs = timeUs[0];
      this.#midnights = !isRelative(this.#time);
    }
    for (let i = 0; i < rows && this.#same; i++) this.#same = timeUs[i] === this.#firstUs;
    for (let i = 0; i < rows && this.#midnights; i++) this.#midnights = timeUs[i] % DAY_US === 0;
  }

  /** Positions off the globe are a receiver's word for "none". */
  #checkPositionsInPlace(block: RowBlock, line: number): void {
    this.#columns.values.forEach(({ channel }, slot) => {
      if (channel !== "lat" && channel !== "lon") return;
      const limit = channel === "lat" ? MAX_LATITUDE : MAX_LONGITUDE;
      const values = block.values[slot];
      for (let i = 0; i < block.rows; i++) {
        if (!(Math.abs(values[i]) > limit)) continue;
        values[i] = Number.NaN;
        const tally = this.#outOfRange.get(channel) ?? { channel, count: 0, firstLines: [] };
        this.#outOfRange.set(channel, tally);
        tally.count++;
        if (tally.firstLines.length < PLACES_KEPT) tally.firstLines.push(line + block.lines[i]);
      }
    });
  }

  async #append(block: RowBlock, codes: Int32Array | 0): Promise<void> {
    const { rows, timeUs, values } = block;
    const columns = this.#seriesColumns.map(({ channel, slots }) => {
      const own = slots.map((slot) => values[slot]);
      const column = slots.length === 1 ? own[0] : magnitude(own, rows);
      if (channel === "b") this.#addFields(column, rows);
      return column;
    });
    if (codes === 0) {
      await this.#writer.append({ rows, timeUs, columns });
      return;
    }
    const arrays = [timeUs, ...columns];
    for (const [code, indices] of rowsBySensor(codes)) {
      const own = arrays.map((array) => gathered(array, indices));
      if (code === 0)
        await this.#writer.append({ rows: indices.length, timeUs: own[0], columns: own.slice(1) });
      else await this.#spill.add(code, own, 0, indices.length);
    }
  }

  /** Residuals of a scalar magnetometer may be negative. */
  #addFields(b: Float64Array, rows: number): void {
    for (let i = 0; i < rows; i++) {
      const field = Math.abs(b[i]);
      if (field > 0) this.#fields.add(field);
    }
  }
}

function tallyCells(tallies: readonly CellTally[], cells: readonly CellCount[], line: number): void {
  cells.forEach(({ count, lines }, slot) => {
    const tally = tallies[slot];
    tally.count += count;
    for (const one of lines) if (tally.firstLines.length < PLACES_KEPT) tally.firstLines.push(line + one);
  });
}
