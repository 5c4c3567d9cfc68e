import type { Dataset, ErrorBody } from "@magtrace/contracts";
import { errorCodes, meaningOf } from "../../src/errors.ts";
import type { FaultWindows } from "./faultWindows.ts";

/** `T` is what the caller expects; an error has the members of ErrorBody instead. */
export interface Reply<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
}

export interface CallerOptions {
  readonly address: string;
  readonly token: string;
  readonly name: string;
  readonly windows: FaultWindows;
  /** Told of every answer that nobody should get. */
  readonly complain: (what: string) => void;
  readonly count: (outcome: string) => void;
}

const LONGEST_MS = 60_000;

/** Calls the api, and complains about answers that are not documented, or are errors though nothing was wrong. */
export class ApiClient {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** @returns null where no answer came: nobody knows whether it was done. */
  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Reply<T> | null> {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    return this.#send(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
  }

  async upload(projectId: number, name: string, content: string): Promise<Reply<Dataset> | null> {
    const form = new FormData();
    form.set("project", String(projectId));
    form.set("file", new Blob([content]), name);
    return this.#send("POST", "/api/datasets/upload/", {}, form);
  }

  async #send<T>(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | FormData | undefined,
  ): Promise<Reply<T> | null> {
    const { address, token, name, windows, complain, count } = this.#options;
    const since = performance.now();
    const what = `${name}: ${method} ${path}`;
    try {
      const answer = await fetch(address + path, {
        method,
        headers: { ...headers, authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(LONGEST_MS),
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.text();
      const reply = { status: answer.status, body: text === "" ? null : JSON.parse(text) };
      this.#judge(what, reply, since);
      return reply;
    } catch (error) {
      count("no answer");
      if (!windows.met(since, performance.now()))
        complain(`${what}: no answer though nothing was wrong: ${String((error as Error).cause ?? error)}`);
      return null;
    }
  }

  #judge(what: string, { status, body }: Reply<Partial<ErrorBody> | null>, since: number): void {
    const { windows, complain, count } = this.#options;
    const code = errorCodes().find((known) => known === body?.code);
    count(status < 400 ? String(status) : `${status} ${body?.code}`);
    if (status < 400) return;
    const said = `${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`;
    if (code === undefined || typeof body?.error !== "string" || meaningOf(code).status !== status)
      complain(`${said} is no documented error`);
    if (code === "internal") complain(said);
    const passing = status === 503 || status === 408 || status === 507;
    if (passing && !windows.met(since, performance.now())) complain(`${said}, though nothing was wrong`);
  }
}
