/** A connection to the server's events that is open and silent until a test says something. */
export class StubEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static readonly open = new Set<StubEventSource>();
  readonly url: string;
  readyState = 1;
  onmessage: ((message: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string) {
    super();
    this.url = url;
    StubEventSource.open.add(this);
  }

  /** An event of the server arrives everywhere. */
  static tell(event: unknown): void {
    for (const source of StubEventSource.open) source.onmessage?.({ data: JSON.stringify(event) });
  }

  close(): void {
    this.readyState = StubEventSource.CLOSED;
    StubEventSource.open.delete(this);
  }
}
