import { type Page, request } from "@playwright/test";
import { type Demo, demo as known } from "./demo";
import { test } from "./fixtures";
import { PLACES } from "./pages";
import { apply, serve, type Server } from "./server";
import { conversation, failing, KEEP, large, send, spanId, traceId } from "./spans";
import { bareDemo, BARE, placesOf, put, reached, STATES, type State } from "./states";
import { visit } from "./visit";

const WIDTHS = [390, 1440];
const SCHEMES = ["light", "dark"] as const;
const folder = process.env.CANDOR_SCREENSHOTS ?? "screenshots";
const only = process.env.CANDOR_PAGES?.split(",");
const states = process.env.CANDOR_STATES?.split(",");

const isWanted = ({ name }: { name: string }) => !only || only.includes(name);
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

async function picture(page: Page, name: string): Promise<void> {
  // Charts are drawn in the frame after their data came.
  await page.evaluate(drawn);
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    test.describe(`@screenshots ${colorScheme} ${width}`, () => {
      test.skip(states !== undefined && !states.includes("full"));
      test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: "reduce" } });
      for (const { name, path, ready } of PLACES.filter(isWanted)) {
        test(name, async ({ page, demo }) => {
          await visit(page, demo.url + path(demo), ready);
          await picture(page, `${name}-${colorScheme}-${width}`);
        });
      }
    });
  }
}

/** Servers of the states that have little in them, shared by all pages. */
const servers = new Map<string, Promise<Server>>();

function server(state: "empty" | "bare" | "traced"): Promise<Server> {
  const running = servers.get(state) ?? (state === "traced" ? traced() : begin(state));
  servers.set(state, running);
  return running;
}

async function begin(state: "empty" | "bare"): Promise<Server> {
  const own = await serve();
  if (state === "empty") return own;
  const body = JSON.stringify({ id: BARE.prediction, inputs: { age: 41 }, outputs: { score: 0.27 } });
  const sent = await fetch(`${own.url}/v1/models/${BARE.model}/predictions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (!sent.ok) throw new Error(`the prediction was refused: ${await sent.text()}`);
  return own;
}

const MINUTE = 60_000;

/** A server that was sent spans, with and without what was said. */
async function traced(): Promise<Server> {
  const own = await serve();
  const sender = await request.newContext();
  await send(sender, own.url, conversation(1), Date.now() - 300 * MINUTE);
  await send(sender, own.url, failing(9), Date.now() - 200 * MINUTE);
  await send(sender, own.url, large(5, 5_000, 1_000), Date.now() - 100 * MINUTE);
  await apply(own.url, KEEP);
  await send(sender, own.url, conversation(11, "conv_10"), Date.now() - 60 * MINUTE);
  await sender.dispose();
  return own;
}

/** Pages of traces, which the demo has none of. */
const TRACED: readonly { name: string; path: string; ready?: string }[] = [
  { name: "traces-list", path: "/traces?last=24h", ready: "tbody tr" },
  { name: "trace", path: `/traces/${traceId(11)}?span=${spanId(114)}`, ready: "[data-ready] [data-ready]" },
  { name: "trace-failed", path: `/traces/${traceId(9)}`, ready: "[data-ready] [data-ready]" },
  { name: "trace-large", path: `/traces/${traceId(5)}`, ready: "[data-ready] [data-ready]" },
  { name: "conversation", path: "/conversations/conv_10", ready: "[data-ready]" },
  { name: "conversation-silent", path: "/conversations/conv_9", ready: "[data-ready]" },
];

for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    test.describe(`@screenshots ${colorScheme} ${width}`, () => {
      test.skip(states !== undefined && !states.includes("full"));
      test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: "reduce" } });
      for (const { name, path, ready } of TRACED.filter(isWanted)) {
        test(name, async ({ page }) => {
          await visit(page, (await server("traced")).url + path, ready);
          await picture(page, `${name}-${colorScheme}-${width}`);
          // A page that is left open would go on asking.
          await page.goto("about:blank");
        });
      }
    });
  }
}

test.afterAll(async () => {
  for (const running of servers.values()) await (await running).stop();
  servers.clear();
});

async function seen(state: State): Promise<Demo> {
  const full = known();
  if (state === "empty") return { ...full, url: (await server("empty")).url };
  if (state === "bare") return bareDemo((await server("bare")).url, full);
  return full;
}

/** Light where there is room, dark on a phone: each state is seen in both colours and at both widths. */
const VIEWS = [
  { colorScheme: "light", width: 1440 },
  { colorScheme: "dark", width: 390 },
] as const;

for (const { colorScheme, width } of VIEWS) {
  for (const state of STATES) {
    test.describe(`@screenshots ${colorScheme} ${width} ${state}`, () => {
      test.skip(states !== undefined && !states.includes(state));
      test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: "reduce" } });
      for (const { name, path } of placesOf(state).filter(isWanted)) {
        test(`${name}, ${state}`, async ({ page, complaints }) => {
          const at = await seen(state);
          await put(page, state, at.model);
          await page.goto(at.url + path(at));
          await reached(page, state);
          await picture(page, `${name}-${state}-${colorScheme}-${width}`);
          await page.unrouteAll({ behavior: "ignoreErrors" });
          await page.goto("about:blank");
          // The browser notes each answer that was a problem.
          complaints.splice(0, complaints.length, ...complaints.filter((c) => !/status of 500/.test(c)));
        });
      }
    });
  }
  test.describe(`@screenshots ${colorScheme} ${width} signed out`, () => {
    test.skip((states !== undefined && !states.includes("denied")) || !isWanted({ name: "signin" }));
    test.use({ viewport: { width, height: 900 }, colorScheme });
    test("signin", async ({ page, demo }) => {
      await page.route(/\/v1\//, (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ status: 401, code: "unauthorized", detail: "A token is needed." }) }));
      await visit(page, demo.url);
      await picture(page, `signin-${colorScheme}-${width}`);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    });
  });
}
