import { type WebPage, type WebVitals, webPages } from "@magtrace/contracts";
import { onCLS, onINP, onLCP } from "web-vitals";
import { apiUrl } from "../../api/client.ts";

const known: ReadonlySet<string> = new Set(webPages);

/** The page's template, never its address: ids and links' secrets stay in the browser. */
export function webPageOf(template: string): WebPage {
  const page = template.replace(/(.)\/$/, "$1");
  return known.has(page) ? (page as WebPage) : "other";
}

/**
 * Tells the server once how fast the page was that the visit began with: when it is hidden for the first time, by which
 * time the values are settled. A browser that cannot measure them tells nothing.
 *
 * @param pageNow The template of the page that is shown, once there is one.
 */
export function reportVitals(pageNow: () => string | undefined): void {
  const measured: Omit<WebVitals, "page"> = {};
  let page: WebPage | undefined;
  const notePage = () => {
    const template = pageNow();
    if (template !== undefined) page ??= webPageOf(template);
  };
  onLCP(({ value }) => {
    notePage();
    measured.lcp_ms = value;
  });
  onINP(({ value }) => {
    measured.inp_ms = value;
  });
  onCLS(({ value }) => {
    notePage();
    measured.cls = value;
  });
  // After their own listeners, which were added first.
  const tell = () => {
    if (document.visibilityState !== "hidden") return;
    document.removeEventListener("visibilitychange", tell);
    notePage();
    if (Object.keys(measured).length > 0) send({ page: page ?? "other", ...measured });
  };
  document.addEventListener("visibilitychange", tell);
}

function send(vitals: WebVitals): void {
  const body = new Blob([JSON.stringify(vitals)], { type: "application/json" });
  navigator.sendBeacon(apiUrl("vitals/"), body);
}
