import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const artifacts = fileURLToPath(new URL("../../../.artifacts/screenshots/", import.meta.url));

const CHROMIUM_OPTIONS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface OpenBrowser {
  readonly browser: Browser;
  readonly page: Page;
  /** What the page itself complained of: exceptions, and refusals of the content security policy. */
  readonly complaints: readonly string[];
  /** Keeps a picture under `.artifacts/screenshots/`. */
  screenshot(name: string): Promise<void>;
}

export async function openBrowser(executablePath: string): Promise<OpenBrowser> {
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_OPTIONS });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /content security policy/i.test(message.text())) {
      complaints.push(message.text());
    }
  });
  mkdirSync(artifacts, { recursive: true });
  return {
    browser,
    page,
    complaints,
    screenshot: async (name) => {
      await page.screenshot({ path: `${artifacts}${name}.png` });
    },
  };
}
