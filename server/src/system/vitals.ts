import { WebVitals } from "@magtrace/contracts";
import { Histogram, type Registry } from "prom-client";
import { type Route, route } from "../http/route.ts";

/** Upper bounds, s; 2.5 and 4 are where a page's painting stops being good, and fair. */
const PAINT_SECONDS = [0.25, 0.5, 1, 1.5, 2.5, 4, 6, 10, 20];
/** 0.2 and 0.5 are those of an answer to an input. */
const INPUT_SECONDS = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 5];
/** 0.1 and 0.25 are those of layout shift. */
const SHIFTS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1];

/** Takes what browsers of the web app report of themselves; nothing of who they are or what they look at is kept. */
export function vitalsRoutes(registry: Registry): Route[] {
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({
      name: `magtrace_web_${name}`,
      help: `${help} As browsers report it, by the page they began with.`,
      labelNames: ["page"] as const,
      buckets,
      registers: [registry],
    });
  const paint = histogram(
    "largest_paint_seconds",
    "Until the largest part was painted (LCP).",
    PAINT_SECONDS,
  );
  const input = histogram("input_delay_seconds", "Of the slowest answer to an input (INP).", INPUT_SECONDS);
  const shift = histogram("layout_shift", "How far parts moved unasked (CLS).", SHIFTS);
  return [
    route({
      method: "POST",
      path: "/api/vitals/",
      permission: "public",
      // As changes are: what anybody may send is else counted as signing in.
      limit: "write",
      summary:
        "Reports how fast a page of the web app was in this browser; it names the page's template alone",
      status: 204,
      schemas: { body: WebVitals },
      handler: async ({ body: { page, lcp_ms, inp_ms, cls } }) => {
        if (lcp_ms !== undefined) paint.observe({ page }, lcp_ms / 1000);
        if (inp_ms !== undefined) input.observe({ page }, inp_ms / 1000);
        if (cls !== undefined) shift.observe({ page }, cls);
      },
    }),
  ];
}
