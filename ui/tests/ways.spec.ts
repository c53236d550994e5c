import { expect, test } from "./fixtures";
import { LOADED_MS, settled } from "./pages";
import { visit } from "./visit";

test("fleet, alert, evidence, rows, story", async ({ page, demo }) => {
  await visit(page, `${demo.url}/`);
  await page.getByRole("region", { name: "Models" }).locator(`a[href*="${demo.alert}"]`).click();
  await settled(page);
  await expect(page.getByRole("heading", { name: "Where it is worst, and rows that show it" })).toBeVisible();
  const examples = page.getByRole("region", { name: "Rows that show it" });
  await expect(examples.first()).toBeVisible({ timeout: LOADED_MS });
  await examples.first().getByRole("link").first().click();
  await settled(page);
  await expect(page.getByRole("heading", { name: "What went in" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/answered|failed/);
});

test("a range is a link: a reload shows what was seen", async ({ page, demo }) => {
  await visit(page, `${demo.url}/models/credit-risk?tab=traffic`);
  await page.getByRole("button", { name: /Time range/ }).first().click();
  await page.getByRole("button", { name: "24h", exact: true }).click();
  await expect(page).toHaveURL(/last=24h/);
  await page.reload();
  await settled(page);
  await expect(page.getByRole("button", { name: "Time range: Last 24h" }).first()).toBeVisible();
  await page.getByRole("link", { name: "Alerts", exact: true }).first().click();
  await expect(page).toHaveURL(/alerts.*last=24h/);
});

test("filters of predictions, and what is different about a brushed time", async ({ page, demo }) => {
  await visit(page, `${demo.url}/predictions?model=credit-risk&last=7d`);
  await page.getByRole("combobox", { name: "Filters" }).fill("region=north");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/region%3Dnorth/);
  await settled(page);
  const plot = page.locator(".u-over").first();
  const box = await plot.boundingBox();
  if (!box) throw new Error("no chart");
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.getByRole("button", { name: "What is different about these rows?" }).click();
  await expect(page.getByRole("heading", { name: /What is different from/ })).toBeVisible();
  await settled(page);
});

test("a verdict, and a silence that is seen until it is ended", async ({ page, demo }) => {
  await visit(page, `${demo.url}/alerts?show=open&model=credit-risk`);
  const list = page.getByRole("region", { name: "Alerts" });
  await list.getByRole("link").first().click();
  await settled(page);
  const alert = page.url();
  await page.getByRole("button", { name: /Say what it was|Change the verdict/ }).click();
  await page.getByRole("textbox", { name: "Why" }).fill("The bureau changed its interface.");
  await page.getByRole("textbox", { name: "Who" }).fill("tester");
  await page.getByRole("button", { name: "Save the verdict" }).click();
  await expect(page.getByText("Verdict of tester")).toBeVisible();
  await page.getByRole("button", { name: "Silence…" }).click();
  await page.getByRole("textbox", { name: "Why" }).fill("Known since this morning.");
  await page.getByRole("button", { name: "Silence", exact: true }).click();
  await expect(page.getByText("Nobody is told of such alerts")).toBeVisible();
  const note = page.getByRole("status").filter({ hasText: "Silenced: nobody is told of this alert" });
  await expect(note).toContainText(/A silence that tester made, until .*: Known since this morning\./);
  await visit(page, `${demo.url}/alerts?show=open&model=credit-risk`);
  await expect(list.getByText("silenced").first()).toBeVisible();
  await visit(page, alert);
  await note.getByRole("link").click();
  await expect(page).toHaveURL(/show=silences/);
  await page.getByRole("button", { name: "End now" }).first().click();
  await expect(page.getByRole("button", { name: "End now" })).toHaveCount(0);
  await visit(page, alert);
  await expect(page.getByRole("heading", { name: "Why was I (not) told?" })).toBeVisible();
  await expect(note).toHaveCount(0);
});

test("who goes by keyboard skips what is around a page, and keeps its place", async ({ page, demo }) => {
  await visit(page, `${demo.url}/alerts?show=open`);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await expect(page).toHaveURL(/show=open/);
  await expect(page).toHaveTitle("Alerts · Candor");
  await page.getByRole("link", { name: "SQL", exact: true }).press("Enter");
  await expect(page.getByRole("heading", { name: "Ask with SQL" })).toBeVisible();
  await expect(page.locator("main")).toBeFocused();
  await expect(page).toHaveTitle("SQL · Candor");
});

test("on paper a page is light, and says of which time it is", async ({ page, demo }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, `${demo.url}/?last=24h`);
  const scheme = page.locator("html");
  await expect(scheme).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await expect(scheme).toHaveAttribute("data-mantine-color-scheme", "light");
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  await expect(page.getByText(/^\w+ \d+ \w+, \d\d:\d\d – \w+ \d+ \w+, \d\d:\d\d, as clocks are in Europe\/Berlin$/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Search" })).toBeHidden();
  await page.emulateMedia({ colorScheme: "dark", media: "screen" });
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await expect(scheme).toHaveAttribute("data-mantine-color-scheme", "dark");
});

test("the palette finds a model", async ({ page, demo }) => {
  await visit(page, `${demo.url}/`);
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search" }).fill("support");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "support-assistant" })).toBeVisible();
});
