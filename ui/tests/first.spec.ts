import { expect, test } from "./fixtures";
import { settled } from "./pages";

test("an empty installation says how to begin, and changes by itself", async ({ page, empty, request }) => {
  await page.goto(empty.url);
  await expect(page.getByRole("heading", { name: "Send the first prediction" })).toBeVisible();
  await expect(page.getByText(`curl ${empty.url}/v1/models/loan/predictions`)).toBeVisible();
  await page.getByRole("tab", { name: "Python" }).click();
  await expect(page.getByText("urllib.request.Request(")).toBeVisible();
  await expect(page.getByText("● live")).toBeVisible();
  const sent = await request.post(`${empty.url}/v1/models/loan/predictions`, { data: { inputs: { age: 41 }, outputs: { score: 0.27 } } });
  expect(sent.ok()).toBe(true);
  await expect(page.getByRole("link", { name: "loan", exact: true })).toBeVisible();
});

test("pages without data say what to do", async ({ page, empty }) => {
  const said: [string, RegExp][] = [
    ["/alerts", /No alerts here/],
    ["/drills", /Nothing was rehearsed yet/],
    ["/drills?show=backtest", /There is no model yet/],
    ["/predictions", /No predictions yet/],
    ["/traces", /Send the first span/],
    ["/traces/0af7651916cd43dd8448eb211c80319c", /No span of this trace is kept/],
    ["/conversations/none", /No span of this conversation is kept/],
    ["/sql", /Nothing was asked yet/],
    ["/models/nothing", /There is no such thing/],
    ["/nowhere", /There is no page at this address/],
  ];
  for (const [path, words] of said) {
    await page.goto(empty.url + path);
    await expect(page.getByText(words).first(), path).toBeVisible();
  }
});

const HOSTILE = "<img src=x onerror=alert(1)>";

test("names are only ever text", async ({ page, empty, request }) => {
  const time = Date.now() - 3_600_000;
  const events = Array.from({ length: 40 }, (_, at) => ({
    time: new Date(time + at * 1000).toISOString(),
    inputs: { [HOSTILE]: at, city: HOSTILE },
    outputs: { class: HOSTILE, score: 0.5 },
    segments: { region: HOSTILE },
    version: HOSTILE,
  }));
  let kept = 0;
  for (const event of events) kept += (await request.post(`${empty.url}/v1/models/loan/predictions`, { data: event })).ok() ? 1 : 0;
  expect(kept).toBe(events.length);
  const query = encodeURIComponent('SELECT * FROM "loan".predictions');
  for (const path of ["/", "/models/loan", "/models/loan?tab=quality", "/models/loan?tab=drift", "/models/loan?tab=versions", "/models/loan?tab=schema", "/predictions?model=loan&last=24h", `/sql?q=${query}`]) {
    await page.goto(empty.url + path);
    await settled(page);
    await expect(page.locator("img")).toHaveCount(0);
  }
  // It is there, as it was written.
  await expect(page.locator("main")).toContainText(HOSTILE);
});

test("a server that is gone is said, with what to do", async ({ page, empty, complaints }) => {
  await page.goto(`${empty.url}/sql`);
  await expect(page.getByRole("textbox", { name: "Statement" })).toBeVisible();
  await empty.stop();
  await expect(page.getByText("○ offline")).toBeVisible();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert").getByText("The server cannot be reached").first()).toBeVisible();
  // The browser notes each connection that failed.
  const others = complaints.filter((c) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to fetch/.test(c));
  complaints.splice(0, complaints.length, ...others);
});

test("what Candor would propose is changed, compared and put in force", async ({ page, empty, request }) => {
  const sent = await request.post(`${empty.url}/v1/models/loan/predictions`, { data: { inputs: { age: 41 }, outputs: { class: "yes", score: 0.27 } } });
  expect(sent.ok()).toBe(true);
  await page.goto(`${empty.url}/models/loan?tab=settings`);
  await expect(page.getByText("Nothing is declared")).toBeVisible();
  const object = page.getByRole("textbox", { name: "The object" });
  await object.fill("apiVersion: candor/v1\nkind: Model\nmetadata: {name: loan, owner: team-credit}\nspec: {task: binary, positive_class: yes, protected: sex}\n");
  await page.getByRole("button", { name: "Show what changes" }).click();
  await expect(page.getByRole("alert")).toContainText("protected");
  await object.fill("apiVersion: candor/v1\nkind: Model\nmetadata: {name: loan, owner: team-credit}\nspec: {task: binary, positive_class: yes, protected: [sex]}\n");
  await page.getByRole("button", { name: "Show what changes" }).click();
  await expect(page.getByRole("region", { name: "What changes" })).toContainText("team-credit");
  await page.getByRole("textbox", { name: "Why" }).fill("It goes live on Monday.");
  await page.getByRole("button", { name: "Put it in force" }).click();
  await expect(page.getByText("Revision 1. Change it here")).toBeVisible();
  await expect(page.getByText("It goes live on Monday.")).toBeVisible();
  await expect(page.getByText("owner team-credit")).toBeVisible();
});
