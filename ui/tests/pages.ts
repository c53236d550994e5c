import { expect, type Page } from "@playwright/test";
import type { Demo } from "./demo";

/** A page of the interface, as axe and the screenshots visit it. */
export interface Place {
  name: string;
  path: (demo: Demo) => string;
  /** What must be seen beside the heading before it is looked at. */
  ready?: string;
}

const TABS = ["overview", "traffic", "quality", "drift", "performance", "segments", "fairness", "explanations", "feedback", "versions", "objectives", "monitors", "schema", "settings"];
const BY_DAY = "SELECT date_trunc('day', time) AS day, count(*) AS predictions FROM predictions GROUP BY 1 ORDER BY 1";
const sql = encodeURIComponent(BY_DAY);

/** Every page with the demo's data. */
export const PLACES: readonly Place[] = [
  { name: "fleet", path: () => "/" },
  ...TABS.map((tab): Place => ({ name: `model-${tab}`, path: ({ model }) => `/models/${model}?tab=${tab}&last=14d` })),
  { name: "predictions", path: ({ model, from, to }) => `/predictions?model=${model}&from=${from}&to=${to}`, ready: "tbody tr" },
  { name: "story", path: ({ model, prediction }) => `/predictions/${model}/${prediction}` },
  { name: "traces", path: () => "/traces" },
  { name: "alerts", path: () => "/alerts?last=30d", ready: "tbody tr" },
  { name: "silences", path: () => "/alerts?show=silences" },
  { name: "alert", path: ({ alert }) => `/alerts/${alert}` },
  { name: "drills", path: () => "/drills", ready: "tbody tr" },
  { name: "backtest", path: ({ model }) => `/drills?show=backtest&model=${model}`, ready: "[data-ready]" },
  { name: "sql", path: () => `/sql?q=${sql}`, ready: ".cm-content" },
  { name: "sql-chart", path: () => `/sql?q=${sql}&view=chart`, ready: "canvas" },
];

/** Longest that a page may read, on a machine that does other things too. */
export const LOADED_MS = 90_000;

/** Waits until a page shows all that it asked for. */
export async function settled(page: Page, ready?: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.locator("main [data-loading], main .mantine-Skeleton-root[data-visible]")).toHaveCount(0, { timeout: LOADED_MS });
  // What answers an older question may stay until the new answer is there.
  await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0, { timeout: LOADED_MS });
  if (ready) await expect(page.locator(`main ${ready}`).first()).toBeVisible({ timeout: LOADED_MS });
  await page.evaluate(() => document.fonts.ready);
}
