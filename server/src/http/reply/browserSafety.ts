import type { FastifyInstance } from "fastify";
import helmet, { type HelmetOptions } from "helmet";

const TWO_YEARS_SECONDS = 63_072_000;

/** What a page of ours needs none of, nor anything that might come to run in it. */
const PERMISSIONS = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "publickey-credentials-get",
  "serial",
  "usb",
  "xr-spatial-tracking",
]
  .map((feature) => `${feature}=()`)
  .join(", ");

/** Answers of the interface are data: a browser that is made to show one as a page may do nothing with it. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** For refusals of what never became a request, and so meets no hook. */
export const REFUSAL_HEADERS = {
  "Content-Security-Policy": DATA_POLICY,
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * What a browser is told never to do with our answers. Scripts come from our own files alone. Styles may stand in the
 * page: Mantine and swagger-ui put sizes and colours into `style` elements while they run.
 */
export function addBrowserSafety(app: FastifyInstance, overHttps: boolean): void {
  const forPages = { ...headersOf(helmetOptions(overHttps)), "Permissions-Policy": PERMISSIONS };
  // What belongs to somebody is kept nowhere, unless its route says for how long it holds.
  const forData = { ...forPages, "Content-Security-Policy": DATA_POLICY, "Cache-Control": "no-store" };
  app.addHook("onRequest", (request, reply, next) => {
    reply.headers(isPage(request.routeOptions.url) ? forPages : forData);
    next();
  });
}

function helmetOptions(overHttps: boolean): HelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:", "blob:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", "blob:"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: "same-origin" },
    frameguard: { action: "deny" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    crossOriginResourcePolicy: { policy: "same-origin" },
    hsts: overHttps && { maxAge: TWO_YEARS_SECONDS, includeSubDomains: true },
  };
}

/** None of them depends on the request, so they are worked out once and not at each. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    removeHeader: () => undefined,
  };
  helmet(options)({} as never, response as never, (error) => {
    if (error) throw error;
  });
  return headers;
}

/** The web app, what leads there, and the pages of the documentation; told by their routes, whatever way they are written. */
function isPage(route: string | undefined): boolean {
  return route !== undefined && /^\/(?:$|app(?:\/|$)|api\/docs(?:\/|$))/.test(route);
}
