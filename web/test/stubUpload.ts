// Uploads go by XMLHttpRequest, which alone tells how much has been sent.

/** One upload as the server sees it. States and events are those of the XMLHttpRequest standard. */
export class StubUpload {
  static readonly OPENED = 1;
  static readonly DONE = 4;
  /** Those that have been sent, in order. */
  static sent: StubUpload[] = [];

  readonly upload: { onprogress: ((event: object) => void) | null } = { onprogress: null };
  readonly headers: Record<string, string> = {};
  readyState = 0;
  status = 0;
  responseText = "";
  address = "";
  form: FormData | null = null;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;

  open(_method: string, address: string): void {
    this.readyState = StubUpload.OPENED;
    this.address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(form: FormData): void {
    this.form = form;
    StubUpload.sent.push(this);
  }

  /** What has not been sent yet cannot be aborted: it stays open, and nobody is told. */
  abort(): void {
    if (this.form === null || this.readyState === StubUpload.DONE) return;
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

  answer(status: number, body: unknown): void {
    this.readyState = StubUpload.DONE;
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }

  breakConnection(): void {
    this.readyState = StubUpload.DONE;
    this.onerror?.();
  }
}

Object.assign(globalThis, { XMLHttpRequest: StubUpload });
