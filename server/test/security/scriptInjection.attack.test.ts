import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, describe, test } from "node:test";
import { type OpenBrowser, openBrowser } from "../browser/openBrowser.ts";
import { openBrowser as openCookies } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation } from "../support/testInstallation.ts";
import { pagesOfWebApp } from "./pagesOfWebApp.ts";
import { PAYLOAD } from "./scriptPayloads.ts";
import { fillWithPayloads, type PageIds } from "./scriptStage.ts";
import { type AttackedApi, startAttackedApi } from "./startAttackedApi.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const SKIP = existsSync(executablePath) ? false : `no Chromium at ${executablePath}; set CHROMIUM_PATH`;
/** Pages that say the payload as the text it is; others show none of what people write. */
const LEAST_SHOWING = 12;

/** What this test uses of the page it runs in. */
declare const document: {
  querySelectorAll(selector: string): ArrayLike<unknown>;
};

describe("scripts that people write into their fields", { skip: SKIP }, () => {
  const cleanup = suiteCleanup();
  let attacked: AttackedApi;
  let caller: ApiCaller;
  let ids: PageIds;
  let opened: OpenBrowser;
  /** What ran, and dialogs that opened. */
  const ran: string[] = [];

  before(async () => {
    const installation = await startTestInstallation(cleanup, { WORKER_THREADS: "1" });
    caller = await installation.addUser({ name: "ada", organization: "North", role: "admin" });
    ids = await fillWithPayloads(caller);
    attacked = await startAttackedApi(cleanup, installation, { vulnerable: true });
    opened = await openBrowser(executablePath);
    cleanup.after(() => opened.browser.close());
    const { page } = opened;
    page.setDefaultTimeout(60_000);
    await page.exposeFunction("xss", (what: unknown) => ran.push(`payload ${String(what)}`));
    page.on("dialog", (dialog) => {
      ran.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
  });

  /** Every sign of markup that was taken for markup since the last look. */
  async function signs(): Promise<{ signs: string[]; shows: boolean }> {
    const found = await opened.page.evaluate(() => ({
      elements: document.querySelectorAll("[data-xss]").length,
      links: document.querySelectorAll('[href^="javascript:" i], [src^="javascript:" i]').length,
    }));
    const made = found.elements + found.links;
    const complaints = opened.complaints as string[];
    const all = [...ran.splice(0), ...complaints.splice(0), ...(made > 0 ? [`${made} elements`] : [])];
    const shown = await opened.page.getByText("data-xss").filter({ visible: true }).count();
    return { signs: all, shows: shown > 0 };
  }

  async function visit(path: string): Promise<void> {
    const { page } = opened;
    await page.goto(attacked.address + path);
    await page.locator("h1, h2, h3").first().waitFor();
    // Event streams keep a page from ever being idle, so that what it asks for is waited for by its own sign.
    await page.waitForFunction(
      () => document.querySelectorAll("[aria-busy=true], .mantine-Skeleton-root").length === 0,
    );
  }

  test("run and are noticed on a page that is meant to be broken", async () => {
    await opened.page.goto(`${attacked.address}/app/vulnerable/page/?name=${encodeURIComponent(PAYLOAD)}`);
    const { signs: found } = await signs();
    assert.ok(
      found.some((sign) => sign.startsWith("payload ")),
      found.join("; "),
    );
    assert.ok(
      found.some((sign) => /elements$/.test(sign)),
      found.join("; "),
    );
  });

  test("are text on every page of the web app", async (t) => {
    const signedOut = new Set([
      "/setup",
      "/sign-in",
      "/register",
      "/forgot-password",
      "/reset-password",
      "/verify-email",
      "/invitation",
    ]);
    const pages = pagesOfWebApp();
    assert.ok(pages.length > 20, pages.join(" "));
    const search = `?token=${encodeURIComponent(PAYLOAD)}&next=${encodeURIComponent("javascript:xss(8)")}#${encodeURIComponent(PAYLOAD)}`;
    for (const page of pages.filter((each) => signedOut.has(each))) {
      await visit(`/app${page}${search}`);
      assert.deepEqual((await signs()).signs, [], page);
    }
    const cookies = openCookies(attacked.address);
    await cookies.signIn("ada@example.com", "correct horse battery");
    const { hostname } = new URL(attacked.address);
    await opened.page
      .context()
      .addCookies(
        [...cookies.cookies].map(([name, value]) => ({ name, value, domain: hostname, path: "/" })),
      );
    let showing = 0;
    const inside = pages.filter((each) => !signedOut.has(each));
    for (const page of inside) {
      const address = page.replaceAll(/\$\w+/g, (name) => {
        const id = ids[name as `$${string}`];
        assert.ok(id, `${page} has a parameter that this test has no id for`);
        return String(id);
      });
      await visit(`/app${address}`);
      assert.ok(opened.page.url().includes("/app/"), opened.page.url());
      assert.ok(!opened.page.url().includes("sign-in"), `${page} asks to sign in`);
      const found = await signs();
      assert.deepEqual(found.signs, [], page);
      if (found.shows) showing++;
    }
    t.diagnostic(`scripts in fields: ${pages.length} pages, ${showing} show them as text, none ran`);
    assert.ok(showing >= LEAST_SHOWING, `${showing} of ${inside.length} pages show a payload`);
  });

  test("come back as files to keep, never as pages, and are not taken as recordings", async () => {
    const { $projectId, $datasetId, $sessionId } = ids;
    for (const [name, bytes] of [
      ["a.html", `<!doctype html>${PAYLOAD}`],
      ["a.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="xss(9)"/>'],
      ["a.csv", "<html><script>xss(10)</script></html>"],
      ["a.pdf", "%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"],
    ] as const) {
      const answer = await caller.upload($projectId!, { name, bytes });
      assert.equal(answer.status, 422, name);
    }
    for (const path of [
      `datasets/${$datasetId}/download/`,
      `datasets/${$datasetId}/series/`,
      `datasets/${$datasetId}/data/?format=csv`,
      `datasets/${$datasetId}/data/?format=json`,
      `annotations/export/?dataset_id=${$datasetId}&format=csv`,
      `annotations/export/?dataset_id=${$datasetId}&format=json`,
      `projects/${$projectId}/export/`,
      `training-sessions/${$sessionId}/model/`,
      "me/export/",
      `audit/export/?organization_id=${ids.$organizationId}&format=csv`,
    ]) {
      const response = await fetch(`${attacked.address}/api/${path}`, {
        headers: { authorization: `Bearer ${caller.token}` },
      });
      assert.equal(response.status, 200, path);
      await response.arrayBuffer();
      assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
      const type = response.headers.get("content-type") ?? "";
      const isAttachment = response.headers.get("content-disposition")?.startsWith("attachment");
      assert.ok(isAttachment || type.startsWith("application/json"), `${path} comes as ${type}`);
      assert.doesNotMatch(type, /html|svg|xml|javascript/, path);
    }
  });
});
