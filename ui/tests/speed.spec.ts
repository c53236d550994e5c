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

/** The largest paint so far, as the browser measured it. */
function largestPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let last = 0;
        const take = (list: PerformanceEntry[]) => {
          for (const entry of list) last = Math.max(last, entry.startTime);
        };
        const observer = new PerformanceObserver((list) => take(list.getEntries()));
        observer.observe({ type: "largest-contentful-paint", buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => (take(observer.takeRecords()), resolve(Math.round(last)))));
      }),
  );
}

/** From now on every key is timed, from when it was pressed until the picture after it was handed over. */
function timeKeys(page: Page): Promise<void> {
  return page.evaluate(() => {
    const keys: number[] = [];
    Object.assign(window, { keys });
    for (const type of ["keydown", "input"] as const) {
      const answered = (event: Event) => requestAnimationFrame(() => setTimeout(() => keys.push(performance.now() - event.timeStamp)));
      window.addEventListener(type, answered, { capture: true });
    }
  });
}

/** The slowest of them; there must have been some. */
async function slowestKey(page: Page): Promise<number> {
  const keys = await page.evaluate(() => (window as unknown as { keys: number[] }).keys);
  expect(keys.length, "keys that were timed").toBeGreaterThan(2);
  return Math.round(Math.max(...keys));
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
    paints[name] = await largestPaint(page);
    if (name === "fleet") {
      const kb = (await loaded(page)) / 1024;
      figures.push({ name: `interface, first load${of}`, value: Math.round(kb * 10) / 10, unit: "kB, packed", bar: { at_most: FIRST_LOAD_KB }, detail: null });
    }
    await timeKeys(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("textbox", { name: "Search" }).fill("cred");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("textbox", { name: "Search" })).toHaveCount(0);
    answers[name] = await slowestKey(page);
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
