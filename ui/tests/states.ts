import type { Page, Route } from "@playwright/test";
import { PLACES, type Place } from "./pages";
import type { Demo } from "./demo";

/** Where a page may stand beside showing what there is. */
export const STATES = ["empty", "bare", "loading", "error", "denied"] as const;
export type State = (typeof STATES)[number];

/** Of a server without anything, the pages that need no model; of one with a single prediction, all others. */
const ANYWHERE = ["fleet", "predictions", "traces", "alerts", "silences", "drills", "backtest", "sql"];

export function placesOf(state: State): readonly Place[] {
  if (state === "empty") return PLACES.filter(({ name }) => ANYWHERE.includes(name)).map(withoutModel);
  return PLACES;
}

/** Nobody has named a model to it. */
function withoutModel({ name, path }: Place): Place {
  const bare = name === "backtest" ? "/drills?show=backtest" : name === "predictions" ? "/predictions" : null;
  return { name, path: bare === null ? path : () => bare };
}

/** The model of a single prediction; of it there is no alert. */
export const BARE = { model: "loan", alert: "none", prediction: "first" } as const;

export function bareDemo(url: string, { from, to }: Demo): Demo {
  return { ...BARE, url, from, to };
}

function problem(route: Route, status: number, code: string, detail: string, hint: string): Promise<void> {
  return route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ type: `https://candor.dev/problems/${code}`, title: code, status, code, detail, hint }) });
}

const BROKEN = ["internal", "Something went wrong while this was answered; its trace is 4f0c2a91.", "Try again. If it stays, send the server’s log of this trace to whoever runs it."] as const;
const DENIED = ["forbidden", "The token may not read this.", "Ask for one with the scope `read`."] as const;

/** Answers of the server are held back, or are problems. What a model is comes all the same, so that its tabs are seen. */
export async function put(page: Page, state: State, model: string): Promise<void> {
  if (state === "empty" || state === "bare") return;
  const known = new RegExp(`/v1/models/${model}$`);
  await page.route(/\/v1\//, (route) => {
    const path = new URL(route.request().url()).pathname;
    if (known.test(path) || path.endsWith("/v1/stream")) return route.continue();
    if (state === "loading") return undefined;
    return state === "error" ? problem(route, 500, ...BROKEN) : problem(route, 403, ...DENIED);
  });
}

/** What is seen when a page is in its state. */
export async function reached(page: Page, state: State): Promise<void> {
  const busy = page.locator("main [data-loading], main .mantine-Skeleton-root[data-visible]");
  await page.locator("main h1, main h2, main [role=alert], main [data-loading]").first().waitFor();
  await page.locator("main h1").first().waitFor();
  if (state === "loading") return;
  await page.waitForFunction(() => document.querySelectorAll("main [data-loading], main .mantine-Skeleton-root[data-visible]").length === 0, undefined, { timeout: 30_000 }).catch(() => undefined);
  const left = await busy.count();
  if (left > 0) throw new Error(`${left} parts of the page load for ever`);
  const heads = await page.locator("main h1").count();
  if (heads !== 1) throw new Error(`${heads} headings say what the page is`);
}
