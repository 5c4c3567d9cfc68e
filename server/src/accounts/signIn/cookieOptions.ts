/**
 * How better-auth names its cookies and how browsers keep them. Under https the prefix `__Host-` makes a browser refuse
 * a cookie that is not Secure, not for this host alone, or not for all of it; by itself the library knows only the
 * weaker `__Secure-`.
 */
export function cookieOptions(publicUrl: string) {
  const secure = publicUrl.startsWith("https:");
  return {
    cookiePrefix: secure ? "__Host-magtrace" : "magtrace",
    useSecureCookies: false,
    defaultCookieAttributes: { sameSite: "lax", httpOnly: true, path: "/", secure },
  } as const;
}
