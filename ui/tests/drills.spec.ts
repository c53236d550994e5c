import { expect, test } from "./fixtures";
import { visit } from "./visit";

/** A month of a model is judged, by a binary that may be built for tests. */
const BACKTEST_MS = 400_000;
/** Eleven days of traffic, at low priority. */
const REHEARSED_MS = 600_000;

test("a drill shows what was planted, what was told, and how soon", async ({ page, demo }) => {
  await visit(page, `${demo.url}/drills`, "tbody tr");
  await expect(page.getByRole("heading", { name: "The drill passed." })).toBeVisible();
  await expect(page.getByRole("cell", { name: "1 of 1" }).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Expected alerts" })).toContainText("missing of input_debt_ratio");
});

test("a threshold is slid over history, and compared", async ({ page, demo }) => {
  test.setTimeout(3 * BACKTEST_MS);
  const monitor = encodeURIComponent("credit-risk/missing/input_debt_ratio");
  await visit(page, `${demo.url}/drills?show=backtest&model=credit-risk&monitor=${monitor}`, "[data-ready]");
  await page.getByRole("button", { name: "Run it as it is" }).click();
  await expect(page.getByText(/As it is, it/)).toBeVisible({ timeout: BACKTEST_MS });
  const thumb = page.getByRole("slider", { name: "Deviation that matters" });
  await thumb.press("End");
  await expect(page).toHaveURL(/matters=/);
  await expect(page.getByText(/It would (never )?have told/)).toBeVisible({ timeout: BACKTEST_MS });
  await expect(page.getByText("As tried", { exact: true })).toBeVisible();
  await expect(page.getByText("kind: Monitor")).toBeVisible();
});

test("a drill is rehearsed when somebody asks for it", async ({ page, demo }) => {
  test.setTimeout(REHEARSED_MS + 60_000);
  await visit(page, `${demo.url}/drills`, "tbody tr");
  const drill = page.getByRole("region", { name: /^Drill / });
  await expect(drill.getByText("Every 7")).toBeVisible();
  await drill.getByRole("button", { name: "Rehearse now" }).click();
  await expect(drill.getByText(/Asked for|Runs since/)).toBeVisible();
  await expect(page.getByText("2 runs, 2 passed")).toBeVisible({ timeout: REHEARSED_MS });
  await expect(drill.getByRole("button", { name: "Rehearse now" })).toBeVisible();
});
