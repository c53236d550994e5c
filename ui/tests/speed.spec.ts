import { execFileSync } from "node:child_process";
import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { LOADED_MS, PLACES } from "./pages";
import { visit } from "./visit";

/** A figure as the bench keeps them: told, and not judged here. */
interface Figure {
  name: string;
  value: number;
  unit: string;
  bar: { at_most: number };
  detail: Record<string, number> | null;
}

const out = process.env.CANDOR_SPEED ?? "test-results/figures.jsonl";
/** Whose data it is, where it is not the demo's. */
const of = process.env.CANDOR_SPEED_OF ? `, ${process.env.CANDOR_SPEED_OF}` : "";
const PAINT_MS = 1_000;
const ANSWER_MS = 100;
/** Thirty pictures a second. */
const FRAME_MS = 34;
const FIRST_LOAD_KB = 350;
const POINTS = 10_000;
const MOVES = 120;

const paints: Record<string, number> = {};
const answers: Record<string, number> = {};
const figures: Figure[] = [];

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
        requestAnimationFrame(() => requestAnimationFrame(() => (take(observer.takeRecords()), resolve(Math.round(most)))));
      }),
    type,
  );
}

/** Bytes that came for the page itself, packed as they came. */
function loaded(page: Page): Promise<number> {
  return page.evaluate(() => {
    const own = (performance.getEntries() as PerformanceResourceTiming[]).filter((e) => e.entryType === "navigation" || ["script", "link", "css"].includes(e.initiatorType));
    return own.filter((e) => !e.name.includes("/v1/")).reduce((sum, e) => sum + e.encodedBodySize, 0);
  });
}

for (const { name, path, ready } of PLACES) {
  test(`@speed ${name}`, async ({ page, demo }) => {
    await visit(page, demo.url + path(demo), ready);
    paints[name] = await measured(page, "largest-contentful-paint");
    if (name === "fleet") {
      const kb = (await loaded(page)) / 1024;
      figures.push({ name: `interface, first load${of}`, value: Math.round(kb * 10) / 10, unit: "kB, packed", bar: { at_most: FIRST_LOAD_KB }, detail: null });
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("textbox", { name: "Search" }).fill("cred");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("textbox", { name: "Search" })).toHaveCount(0);
    answers[name] = await measured(page, "event");
  });
}

test(`@speed a chart of ${POINTS} points`, async ({ page, demo }) => {
  const sql = `SELECT time, latency_ms FROM "${demo.model}".predictions WHERE latency_ms IS NOT NULL ORDER BY time LIMIT ${POINTS}`;
  await page.goto(`${demo.url}/sql?q=${encodeURIComponent(sql)}&view=chart&x=time&y=latency_ms`);
  const chart = page.locator("main canvas").first();
  await expect(chart).toBeVisible({ timeout: LOADED_MS });
  const box = await chart.boundingBox();
  if (!box) throw new Error("no chart");
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const next = (now: number) => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    Object.assign(window, { frames });
  });
  for (let at = 0; at < MOVES; at++) await page.mouse.move(box.x + (box.width * at) / MOVES, box.y + box.height / 2);
  const frames = await page.evaluate(() => (window as unknown as { frames: number[] }).frames.slice(2));
  frames.sort((a, b) => a - b);
  const p = (share: number) => Math.round((frames[Math.floor(share * (frames.length - 1))] ?? 0) * 10) / 10;
  figures.push({
    name: `interface, frames over a chart of ${POINTS} points, p95${of}`,
    value: p(0.95),
    unit: "ms",
    bar: { at_most: FRAME_MS },
    detail: { frames: frames.length, p50_ms: p(0.5), longest_ms: p(1) },
  });
});

/** The slowest page, with all of them. */
function worst(name: string, most: number, each: Record<string, number>): Figure {
  return { name: name + of, value: Math.max(...Object.values(each)), unit: "ms", bar: { at_most: most }, detail: each };
}

test.afterAll(async () => {
  if (Object.keys(paints).length === 0) return;
  figures.push(worst("interface, largest paint, slowest page", PAINT_MS, paints), worst("interface, answer to keys, slowest page", ANSWER_MS, answers));
  const commit = execFileSync("git", ["rev-parse", "--short=12", "HEAD"]).toString().trim();
  await mkdir(dirname(out), { recursive: true });
  await appendFile(out, figures.map((f) => `${JSON.stringify({ ...f, aim: null, commit })}\n`).join(""));
});
