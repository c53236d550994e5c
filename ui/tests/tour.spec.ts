import { mkdir, writeFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import type { Demo } from "./demo";
import { expect, test } from "./fixtures";
import { serve } from "./server";
import { LOADED_MS } from "./pages";
import { visit } from "./visit";

const folder = new URL("../../docs/tour/", import.meta.url);
const BYTES_MAX = 150_000;
const QUALITY = 82;

interface Stop {
  name: string;
  path: (demo: Demo) => string;
  ready?: string;
  dark?: boolean;
  phone?: boolean;
  /** What is done before the picture. */
  then?: (page: Page) => Promise<void>;
}

const day = "SELECT date_trunc('day', time) AS day, approx_percentile_cont(latency_ms, 0.5) AS median_ms, approx_percentile_cont(latency_ms, 0.95) AS p95_ms FROM \"support-assistant\".predictions GROUP BY 1 ORDER BY 1";
const model = "credit-risk";

/** Brushes the later part of a chart of time. */
async function brush(page: Page): Promise<void> {
  const box = await page.locator("main .u-over").first().boundingBox();
  if (!box) throw new Error("no chart");
  await page.mouse.move(box.x + box.width * 0.55, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 30, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("button", { name: "What is different about these rows?" }).click();
  await expect(page.getByRole("heading", { name: /What is different from/ })).toBeVisible();
  await expect(page.locator("main [data-loading]")).toHaveCount(0);
}

const STOPS: readonly Stop[] = [
  { name: "fleet", path: () => "/?last=30d" },
  { name: "model", path: () => `/models/${model}?last=30d` },
  { name: "drift", path: () => "/models/product-ranking?tab=drift&last=30d" },
  { name: "fairness", path: () => `/models/${model}?tab=fairness&last=30d` },
  { name: "objectives", path: () => `/models/${model}?tab=objectives&last=30d` },
  { name: "alert", path: ({ alert }) => `/alerts/${alert}` },
  { name: "predictions", path: ({ from, to }) => `/predictions?model=${model}&from=${from}&to=${to}`, ready: "tbody tr", then: brush },
  { name: "story", path: ({ prediction, model: of }) => `/predictions/${of}/${prediction}` },
  { name: "drills", path: () => "/drills", ready: "tbody tr" },
  {
    name: "backtest",
    path: () => `/drills?show=backtest&model=${model}&monitor=${encodeURIComponent(`${model}/missing/input_debt_ratio`)}`,
    ready: "[data-ready]",
    then: async (page) => {
      await page.getByRole("button", { name: "Run it as it is" }).click();
      await expect(page.getByText(/As it is, it/)).toBeVisible({ timeout: LOADED_MS });
      const thumb = page.getByRole("slider", { name: "Deviation that matters" });
      await thumb.press("End");
      await expect(page.getByText(/It would (never )?have told/)).toBeVisible({ timeout: LOADED_MS });
    },
  },
  { name: "sql", path: () => `/sql?q=${encodeURIComponent(day)}&view=chart&x=day&y=median_ms%2Cp95_ms`, ready: "canvas", dark: true },
  { name: "phone", path: () => `/models/${model}?last=30d`, phone: true, dark: true },
];

async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  // Playwright writes no WebP, but the browser does.
  const browser = await page.context().newCDPSession(page);
  const { data } = await browser.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  const bytes = Buffer.from(data, "base64");
  expect(bytes.length, `${name} is small`).toBeLessThanOrEqual(BYTES_MAX);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${name}.webp`, folder), bytes);
}

const WIDE = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

for (const { name, path, ready, dark, phone, then } of STOPS) {
  test(`@tour ${name}`, async ({ page, demo }) => {
    await page.setViewportSize(phone ? PHONE : WIDE);
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
    await visit(page, demo.url + path(demo), ready);
    await then?.(page);
    await picture(page, name);
  });
}

test("@tour first", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 560 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  const server = await serve();
  await visit(page, server.url);
  await expect(page.getByText("● live")).toBeVisible();
  await picture(page, "first");
  // A page that is left open would go on asking.
  await page.goto("about:blank");
  await server.stop();
});
