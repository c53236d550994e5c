import { mkdir, writeFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { PLACES } from "./pages";
import { visit } from "./visit";

/** Milliseconds; figures for the bench, told and not judged. */
interface Speed {
  page: string;
  /** Until the largest part was painted, with nothing in the browser's cache. */
  largestPaint: number;
  /** The slowest answer to a key or a click while the palette was used. */
  interaction: number;
}

const out = process.env.CANDOR_SPEED ?? "test-results/speed.json";
const speeds: Speed[] = [];

/** What the browser measured by itself, from the beginning on. */
function measured(page: Page, type: "largest-contentful-paint" | "event"): Promise<number> {
  return page.evaluate(
    (type) =>
      new Promise<number>((resolve) => {
        let most = 0;
        const take = (list: PerformanceEntry[]) => {
          for (const entry of list) most = Math.max(most, type === "event" ? entry.duration : entry.startTime);
        };
        const observer = new PerformanceObserver((list) => take(list.getEntries()));
        observer.observe({ type, buffered: true, ...(type === "event" ? { durationThreshold: 16 } : {}) });
        requestAnimationFrame(() => requestAnimationFrame(() => (take(observer.takeRecords()), resolve(most))));
      }),
    type,
  );
}

for (const { name, path, ready } of PLACES) {
  test(`@speed ${name}`, async ({ page, demo }) => {
    await visit(page, demo.url + path(demo), ready);
    const largestPaint = await measured(page, "largest-contentful-paint");
    await page.keyboard.press("Control+k");
    await page.getByRole("textbox", { name: "Search" }).fill("cred");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("textbox", { name: "Search" })).toHaveCount(0);
    speeds.push({ page: name, largestPaint: Math.round(largestPaint), interaction: Math.round(await measured(page, "event")) });
  });
}

test.afterAll(async () => {
  if (speeds.length === 0) return;
  await mkdir("test-results", { recursive: true });
  await writeFile(out, JSON.stringify(speeds, null, 1));
});
