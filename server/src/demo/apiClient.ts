import type { ErrorBody } from "@magtrace/contracts";
import { AppError } from "../errors.ts";

/** An answer of the interface that is not success, in its own words. */
export class ApiAnswerError extends AppError {
  readonly status: number;

  constructor(method: string, path: string, status: number, message: string) {
    super("dependency_unavailable", `${method} ${path} answered ${status}: ${message}`);
    this.name = "ApiAnswerError";
    this.status = status;
  }
}

export interface ApiClientOptions {
  /** Address without a path: http://127.0.0.1:8000. */
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** The REST interface as a script uses it: a base address, a token, JSON. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#json<Answer>("GET", path);
  }

  post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#json<Answer>("POST", path, JSON.stringify(body), { "Content-Type": "application/json" });
  }

  /** Multipart, as a browser sends a form. */
  postForm<Answer>(path: string, form: FormData): Promise<Answer> {
    return this.#json<Answer>("POST", path, form);
  }

  async getText(path: string): Promise<string> {
    return (await this.#fetch("GET", path)).text();
  }

  async #json<Answer>(
    method: string,
    path: string,
    body?: string | FormData,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const response = await this.#fetch(method, path, body, headers);
    // The contract's schema is what the server answers by; its tests hold it to that.
    return (await response.json()) as Answer;
  }

  async #fetch(
    method: string,
    path: string,
    body?: string | FormData,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const { url, token, signal } = this.#options;
    let response: Response;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: { Authorization: `Bearer ${token}`, ...headers },
        signal,
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      if (signal.aborted) throw new AppError("cancelled", "The demo was stopped.", { cause: error });
      throw new AppError("dependency_unavailable", `${url} does not answer.`, { cause: error });
    }
    if (response.ok) return response;
    throw new ApiAnswerError(method, path, response.status, errorText(await response.text()));
  }
}

function errorText(body: string): string {
  try {
    const { error, details } = JSON.parse(body) as Partial<ErrorBody>;
    if (error !== undefined) return details === undefined ? error : `${error} ${JSON.stringify(details)}`;
  } catch {
    // Not ours: a proxy's page, most likely.
  }
  return body.slice(0, 200);
}
