import type { Me } from "@magtrace/contracts";
import type { Answer } from "./testInstallation.ts";

/** Calls the api as a page of its own does: with cookies, which it keeps, an origin, and the token against forgery. */
export interface Browser {
  readonly cookies: Map<string, string>;
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  signIn(email: string, password: string): Promise<Answer<{ twoFactorRedirect?: boolean }>>;
}

const JSON_TYPE = { "content-type": "application/json" };

export function openBrowser(address: string, headers: Record<string, string> = {}): Browser {
  const cookies = new Map<string, string>();
  let csrf: string | null = null;

  async function send<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(address + path, {
      method,
      redirect: "manual",
      headers: {
        origin: address,
        "user-agent": "Test/1.0",
        ...(cookie === "" ? {} : { cookie }),
        ...(csrf === null ? {} : { "x-csrf-token": csrf }),
        ...(body === undefined ? {} : JSON_TYPE),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    keep(response);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    const parsed = (isJson && text !== "" ? JSON.parse(text) : text) as T;
    return { status: response.status, headers: response.headers, body: parsed };
  }

  function keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const gone = value === "" || attributes.some((each) => /^\s*max-age=0$/i.test(each));
      if (gone) cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  return {
    cookies,
    call: async <T>(method: string, path: string, body?: unknown) => {
      if (method !== "GET" && [...cookies.keys()].some((name) => name.includes("session_token"))) {
        const me = await send<Me>("GET", "/api/me/");
        csrf = me.body.csrf_token ?? null;
      }
      return send<T>(method, path, body);
    },
    signIn: (email, password) => send("POST", "/api/auth/sign-in/email", { email, password }),
  };
}
