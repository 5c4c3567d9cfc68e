import type { Page } from "playwright-core";

/** What `inkHeight` uses of the page it runs in; the tests themselves are typed without a browser. */
interface PageCanvas {
  readonly width: number;
  readonly height: number;
  getBoundingClientRect(): { left: number; width: number };
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  } | null;
}
declare const document: { querySelectorAll(selector: string): ArrayLike<PageCanvas> };

/** Where a row lies on the timeline while the whole recording is in view: rows are spread evenly, half a row a side. */
export async function placeOfRow(page: Page, row: number, rows: number): Promise<{ x: number; y: number }> {
  const box = await page.getByTestId("timeline").boundingBox();
  if (box === null) throw new Error("the timeline is not shown");
  return { x: box.x + ((row + 0.5) / rows) * box.width, y: box.y + box.height / 2 };
}

/** Brushes rows with the pointer; the chart shows the whole recording and selects. */
export async function brush(page: Page, range: { from: number; to: number; rows: number }): Promise<void> {
  const start = await placeOfRow(page, range.from, range.rows);
  const end = await placeOfRow(page, range.to, range.rows);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, start.y, { steps: 3 });
  await page.mouse.move(end.x, end.y, { steps: 3 });
  await page.mouse.up();
}

/**
 * How tall the line of a plot stands in a stretch of rows, as a share of the plot's height: what a person sees of a
 * spike. Reads the canvas, so it holds whatever draws it.
 */
export async function inkHeight(
  page: Page,
  plot: number,
  range: { from: number; to: number; rows: number },
): Promise<number> {
  const from = (await placeOfRow(page, range.from, range.rows)).x;
  const to = (await placeOfRow(page, range.to, range.rows)).x;
  return page.evaluate(
    ([index, left, right]) => {
      const canvas = document.querySelectorAll(".u-wrap canvas")[index as number];
      const context = canvas?.getContext("2d");
      if (!canvas || !context) return 0;
      const box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      const x = Math.floor(((left as number) - box.left) * scale);
      const width = Math.max(1, Math.ceil(((right as number) - (left as number)) * scale));
      const { data } = context.getImageData(x, 0, width, canvas.height);
      let top = canvas.height;
      let bottom = 0;
      for (let i = 3; i < data.length; i += 4) {
        // The grid is fainter than any line.
        if ((data[i] as number) < 120) continue;
        const y = Math.floor((i - 3) / 4 / width);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
      return bottom < top ? 0 : (bottom - top) / canvas.height;
    },
    [plot, from, to],
  );
}
