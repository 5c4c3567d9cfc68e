import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Cookies that say "this browser has signed this user in": `NONCE.DAY.SIGNATURE`. They sign nobody in. */
export interface DeviceCookies {
  issue(email: string): string;
  /** The browser's identity, or null where the cookie is not one of ours for this user. */
  read(email: string, cookie: string | undefined): string | null;
}

const DAY_MS = 86_400_000;
export const DEVICE_DAYS = 180;
const NONCE_BYTES = 18;

export function deviceCookies(secret: Uint8Array, now: () => number = Date.now): DeviceCookies {
  const today = () => Math.floor(now() / DAY_MS);
  const sign = (email: string, nonce: string, day: string) =>
    createHmac("sha256", secret)
      .update(JSON.stringify(["known browser", email, nonce, day]))
      .digest();

  return {
    issue(email) {
      const nonce = randomBytes(NONCE_BYTES).toString("base64url");
      const day = String(today());
      return `${nonce}.${day}.${sign(email, nonce, day).toString("base64url")}`;
    },
    read(email, cookie) {
      const [nonce = "", day = "", signature = ""] = cookie?.split(".") ?? [];
      const wanted = sign(email, nonce, day);
      const given = Buffer.from(signature, "base64url");
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
      return today() - Number(day) <= DEVICE_DAYS ? nonce : null;
    },
  };
}
