// Uploads go by XMLHttpRequest, which alone tells how much has been sent.

/** One upload as the server sees it. States and events are those of the XMLHttpRequest standard. */
export class StubUpload {
  static readonly OPENED = 1;
  static readonly DONE = 4;
  /** Those that have been sent, in order. */
  static sent: StubUpload[] = [];

  readonly upload: { onprogress: ((event: object) => void) | null; onload: (() => void) | null } = {
    onprogress: null,
    onload: null,
  };
  readonly headers: Record<string, string> = {};
  readyState = 0;
  status = 0;
  responseText = "";
  address = "";
  method = "";
  form: FormData | null = null;
  /** What is sent otherwise than as a form. */
  bytes: ArrayBuffer | null = null;
  isSent = false;
  answerHeaders: Record<string, string> = {};
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;

  open(method: string, address: string): void {
    this.readyState = StubUpload.OPENED;
    this.method = method;
    this.address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(body: FormData | ArrayBuffer | null): void {
    if (body instanceof FormData) this.form = body;
    else this.bytes = body;
    this.isSent = true;
    StubUpload.sent.push(this);
  }

  /** What has not been sent yet cannot be aborted: it stays open, and nobody is told. */
  abort(): void {
    if (!this.isSent || this.readyState === StubUpload.DONE) return;
    this.readyState = 0;
    this.onabort?.();
  }

  get fileName(): string {
    const file = this.form?.get("file");
    return file instanceof File ? file.name : "";
  }

  /** So much of the body has arrived. */
  progress(share: number): void {
    this.upload.onprogress?.({ lengthComputable: true, loaded: share * 1000, total: 1000 });
  }

  getResponseHeader(name: string): string | null {
    return this.answerHeaders[name.toLowerCase()] ?? null;
  }

  answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.readyState = StubUpload.DONE;
    this.status = status;
    this.answerHeaders = headers;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }

  breakConnection(): void {
    this.readyState = StubUpload.DONE;
    this.onerror?.();
  }
}

Object.assign(globalThis, { XMLHttpRequest: StubUpload });
