import { ApiError, errorFromBody, unreachableError } from "./apiError.ts";
import { forgeryHeader, forgetToken, rememberToken } from "./csrfToken.ts";

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as multipart. */
  form?: FormData;
  accept?: string;
  signal?: AbortSignal | undefined;
}

/** Rows of a list and how many there are in all. */
export interface Page<T> {
  rows: T[];
  total: number;
}

/** The address of an API path such as `datasets/3/data/`. Empty query values are left out. */
export function apiUrl(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `/api/${path}${text === "" ? "" : `?${text}`}`;
}

/** @throws {ApiError} for every answer that is not a success, and where none came. Aborting throws AbortError. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  try {
    return await sendOnce(path, options);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf_refused") throw error;
    // Signed out and in again in another tab: the session is another one, and so is its token. Nothing was done yet.
    forgetToken();
    return sendOnce(path, options);
  }
}

async function sendOnce(path: string, options: RequestOptions): Promise<Response> {
  const method = options.method ?? "GET";
  const headers: Record<string, string> = { accept: options.accept ?? "application/json" };
  if (method !== "GET") Object.assign(headers, await forgeryHeader());
  if (options.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(apiUrl(path, options.query), {
      method,
      headers,
      credentials: "same-origin",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.form === undefined ? {} : { body: options.form }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachableError();
  }
  if (!response.ok) {
    const body = await response.text().catch(() => "");
    throw errorFromBody(response.status, body, response.headers.get("retry-after"));
  }
  return response;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const text = await response.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  rememberToken(path, body);
  return body as T;
}

export async function requestPage<T>(path: string, options: RequestOptions = {}): Promise<Page<T>> {
  const response = await send(path, options);
  const rows = (await response.json()) as T[];
  const total = Number(response.headers.get("x-total-count") ?? Number.NaN);
  return { rows, total: Number.isFinite(total) ? total : rows.length };
}
