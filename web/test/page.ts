// The page of a component test: jsdom, and what a browser has beyond it as far as the app uses it.
import { after } from "node:test";
import { JSDOM } from "jsdom";
import { boxOf } from "./boxes.ts";
import { RecordedPath, recordingOf } from "./recordedCanvas.ts";
import { StubEventSource } from "./stubEventSource.ts";

const { window: page } = new JSDOM('<!doctype html><html lang="en"><body></body></html>', {
  url: "http://127.0.0.1:8000/app/",
  pretendToBeVisual: true,
});
after(() => page.close());

/** Where both have one, the page's is what jsdom's elements accept. */
const OF_THE_PAGE = new Set(
  ["Event", "EventTarget", "CustomEvent", "MessageEvent", "CloseEvent", "ErrorEvent", "DOMException"]
    .concat(["Blob", "File", "FormData", "Storage", "localStorage", "sessionStorage", "navigator"])
    .concat(["AbortController", "AbortSignal"]),
);
for (const name of Object.getOwnPropertyNames(page)) {
  if (name in globalThis && !OF_THE_PAGE.has(name)) continue;
  const value: unknown = Reflect.get(page, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"] as const) {
  Object.assign(globalThis, { [name]: page[name].bind(page) });
}
Object.defineProperty(globalThis, "window", { value: page, configurable: true });

/** Sizes are told once: nothing in these tests changes its size. */
class StubResizeObserver implements ResizeObserver {
  readonly #tell: ResizeObserverCallback;

  constructor(tell: ResizeObserverCallback) {
    this.#tell = tell;
  }

  observe(target: Element): void {
    const { width, height } = boxOf(target);
    const sizes = [{ inlineSize: width, blockSize: height }];
    const entry = {
      target,
      contentRect: new DOMRect(0, 0, width, height),
      borderBoxSize: sizes,
      contentBoxSize: sizes,
      devicePixelContentBoxSize: sizes,
    };
    queueMicrotask(() => target.isConnected && this.#tell([entry], this));
  }

  unobserve(): void {}
  disconnect(): void {}
}

class StubMediaQueryList extends EventTarget {
  readonly media: string;
  readonly onchange = null;

  constructor(media: string) {
    super();
    this.media = media;
  }

  /** Somebody who wants no movement: nothing is to be waited for. */
  get matches(): boolean {
    return this.media.includes("prefers-reduced-motion");
  }

  addListener(): void {}
  removeListener(): void {}
}

for (const target of [globalThis, page]) {
  Object.assign(target, {
    ResizeObserver: StubResizeObserver,
    EventSource: StubEventSource,
    Path2D: RecordedPath,
    matchMedia: (media: string) => new StubMediaQueryList(media),
    scrollTo: () => undefined,
  });
}

Object.assign(page.document, { fonts: new EventTarget() });

const element = page.HTMLElement.prototype;
Object.assign(element, {
  setPointerCapture: () => undefined,
  releasePointerCapture: () => undefined,
  hasPointerCapture: () => false,
  scrollIntoView: () => undefined,
  scrollTo(this: HTMLElement, place: { top?: number }) {
    this.scrollTop = place.top ?? this.scrollTop;
    requestAnimationFrame(() => this.dispatchEvent(new Event("scroll")));
  },
  getBoundingClientRect(this: HTMLElement) {
    const { left, top, width, height } = boxOf(this);
    return new DOMRect(left, top, width, height);
  },
});
for (const side of ["Width", "Height"] as const) {
  const size = side === "Width" ? "width" : "height";
  const get = function (this: HTMLElement) {
    return boxOf(this)[size];
  };
  for (const kind of ["offset", "client"]) {
    Object.defineProperty(element, `${kind}${side}`, { get, configurable: true });
  }
}
Object.defineProperty(element, "scrollHeight", {
  get(this: HTMLElement) {
    const first = this.firstElementChild;
    return Math.max(boxOf(this).height, first === null ? 0 : boxOf(first).height);
  },
});
Object.assign(page.HTMLCanvasElement.prototype, {
  getContext(this: HTMLCanvasElement) {
    return recordingOf(this);
  },
});
