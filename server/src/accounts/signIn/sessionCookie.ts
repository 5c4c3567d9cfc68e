import { createHmac, timingSafeEqual } from "node:crypto";
import { parseCookie } from "cookie";
import { cookieOptions } from "./cookieOptions.ts";

const DAY_SECONDS = 86_400;

/** A session's cookie as better-auth makes it: `TOKEN.SIGNATURE`, HMAC-SHA-256 in base64. */
export interface SessionCookie {
  /** The session's token, if one of these cookies is ours. */
  tokenIn(cookies: string): string | null;
  /** A session that ends sooner than this is given its whole time again. */
  readonly renewBeforeSeconds: number;
}

export function sessionCookie(options: {
  readonly secret: string;
  readonly publicUrl: string;
  readonly sessionDays: number;
}): SessionCookie {
  const name = `${cookieOptions(options.publicUrl).cookiePrefix}.session_token`;
  return {
    renewBeforeSeconds: (options.sessionDays - 1) * DAY_SECONDS,
    tokenIn(cookies) {
      const value = parseCookie(cookies)[name];
      const dot = value?.lastIndexOf(".") ?? -1;
      if (value === undefined || dot < 1) return null;
      const token = value.slice(0, dot);
      // As text: of base64, other texts are the same bytes.
      const wanted = Buffer.from(createHmac("sha256", options.secret).update(token).digest("base64"));
      const given = Buffer.from(value.slice(dot + 1));
      return given.length === wanted.length && timingSafeEqual(given, wanted) ? token : null;
    },
  };
}
