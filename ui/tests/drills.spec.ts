import { expect, test } from "./fixtures";
import { LOADED_MS } from "./pages";
import { visit } from "./visit";

test("a drill shows what was planted, what was told, and how soon", async ({ page, demo }) => {
  await visit(page, `${demo.url}/drills`, "tbody tr");
  await expect(page.getByRole("heading", { name: "The drill passed." })).toBeVisible();
  await expect(page.getByRole("cell", { name: "1 of 1" }).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Expected alerts" })).toContainText("missing of input_debt_ratio");
});

test("a threshold is slid over history, and compared", async ({ page, demo }) => {
  const monitor = encodeURIComponent("credit-risk/missing/input_debt_ratio");
  await visit(page, `${demo.url}/drills?show=backtest&model=credit-risk&monitor=${monitor}`, "[data-ready]");
  await page.getByRole("button", { name: "Run it as it is" }).click();
  await expect(page.getByText(/As it is, it/)).toBeVisible({ timeout: LOADED_MS });
  const thumb = page.getByRole("slider", { name: "Deviation that matters" });
  await thumb.press("End");
  await expect(page).toHaveURL(/matters=/);
  await expect(page.getByText(/It would have told/)).toBeVisible();
  await expect(page.getByText("As tried", { exact: true })).toBeVisible();
  await expect(page.getByText("kind: Monitor")).toBeVisible();
  await page.reload();
  await expect(page.getByText(/It would have told/)).toBeVisible();
});
