// A canvas that keeps what was drawn on it since it was last cleared.

export interface Step {
  readonly kind: "move" | "line";
  readonly x: number;
  readonly y: number;
}

export interface Mark {
  readonly kind: "rect" | "stroke" | "text";
  /** Of a rectangle or a text, CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly text: string;
  /** Of a line. */
  readonly steps: readonly Step[];
  /** Of the fill, or of the stroke where it is a line. */
  readonly color: string;
  readonly alpha: number;
}

export class RecordedPath {
  steps: Step[] = [];

  moveTo(x: number, y: number): void {
    this.steps.push({ kind: "move", x, y });
  }

  lineTo(x: number, y: number): void {
    this.steps.push({ kind: "line", x, y });
  }

  rect(): void {}
  arc(): void {}
  closePath(): void {}
}

interface State {
  fillStyle: string;
  strokeStyle: string;
  globalAlpha: number;
  shiftX: number;
  shiftY: number;
}

/** As far as the charts use one. Like a real one it leaves out what has no place, and keeps its colour for one it cannot read. */
class RecordedContext extends RecordedPath {
  readonly canvas: HTMLCanvasElement;
  marks: Mark[] = [];
  lineWidth = 1;
  lineJoin = "miter";
  lineCap = "butt";
  lineDashOffset = 0;
  font = "10px sans-serif";
  textAlign = "start";
  textBaseline = "alphabetic";
  filter = "none";
  #state: State = { fillStyle: "#000000", strokeStyle: "#000000", globalAlpha: 1, shiftX: 0, shiftY: 0 };
  #saved: State[] = [];

  constructor(canvas: HTMLCanvasElement) {
    super();
    this.canvas = canvas;
  }

  get fillStyle(): string {
    return this.#state.fillStyle;
  }
  set fillStyle(color: string) {
    if (isColor(color)) this.#state.fillStyle = color;
  }
  get strokeStyle(): string {
    return this.#state.strokeStyle;
  }
  set strokeStyle(color: string) {
    if (isColor(color)) this.#state.strokeStyle = color;
  }
  get globalAlpha(): number {
    return this.#state.globalAlpha;
  }
  set globalAlpha(alpha: number) {
    this.#state.globalAlpha = alpha;
  }

  save(): void {
    this.#saved.push({ ...this.#state });
  }
  restore(): void {
    this.#state = this.#saved.pop() ?? this.#state;
  }
  translate(x: number, y: number): void {
    this.#state.shiftX += x;
    this.#state.shiftY += y;
  }
  setTransform(_a: number, _b: number, _c: number, _d: number, x: number, y: number): void {
    this.#state.shiftX = x;
    this.#state.shiftY = y;
  }
  rotate(): void {}
  clip(): void {}
  setLineDash(): void {}
  fill(): void {}
  clearRect(): void {
    this.marks = [];
  }
  beginPath(): void {
    this.steps = [];
  }
  measureText(text: string): { width: number } {
    return { width: text.length * 6.2 };
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#mark({ kind: "rect", x, y, width, height, color: this.fillStyle });
  }
  fillText(text: string, x: number, y: number): void {
    this.#mark({ kind: "text", x, y, text, color: this.fillStyle });
  }
  stroke(path: RecordedPath = this): void {
    this.#mark({ kind: "stroke", steps: [...path.steps], color: this.strokeStyle });
  }

  #mark(mark: Partial<Mark> & { kind: Mark["kind"]; color: string }): void {
    const whole = { x: 0, y: 0, width: 0, height: 0, text: "", steps: [], alpha: this.globalAlpha, ...mark };
    if (![whole.x, whole.y, whole.width, whole.height].every(Number.isFinite)) return;
    const { shiftX, shiftY } = this.#state;
    this.marks.push({ ...whole, x: whole.x + shiftX, y: whole.y + shiftY });
  }
}

function isColor(color: unknown): boolean {
  return typeof color === "string" && !/NaN|undefined|null/.test(color);
}

const recordings = new WeakMap<HTMLCanvasElement, RecordedContext>();

export function recordingOf(canvas: HTMLCanvasElement): RecordedContext {
  const recording = recordings.get(canvas) ?? new RecordedContext(canvas);
  recordings.set(canvas, recording);
  return recording;
}

/** What is to be seen on a canvas. */
export function marksOn(canvas: Element | null): readonly Mark[] {
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error("there is no canvas here");
  return recordingOf(canvas).marks;
}
