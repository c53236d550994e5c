import { readFile } from "node:fs/promises";
import { expect, test } from "./fixtures";
import { settled } from "./pages";
import { visit } from "./visit";

const BY_MODEL = "SELECT model, count(*) AS predictions FROM predictions GROUP BY 1 ORDER BY 1";

test("a statement is written with completion, run, drawn, saved and taken away", async ({ page, demo }) => {
  await visit(page, `${demo.url}/sql`, ".cm-content");
  const editor = page.getByRole("textbox", { name: "Statement" });
  await editor.click();
  await page.keyboard.press("Control+a");
  // Typing over a selection, Chromium itself tries to keep its colours by a style attribute, which the policy refuses.
  await page.keyboard.press("Backspace");
  await page.keyboard.type("SELECT count(*) AS n FROM cred");
  // A model's name has a hyphen, so that it is written between quotation marks.
  await page.getByRole("option", { name: "credit-risk" }).click();
  await page.keyboard.type(".pred");
  await page.getByRole("option", { name: "predictions" }).click();
  await expect(editor).toContainText('FROM "credit-risk".predictions');
  await page.keyboard.press("Control+Enter");
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByRole("row")).toHaveCount(2);
  await expect(page).toHaveURL(/q=SELECT/);

  await page.goto(`${demo.url}/sql?q=${encodeURIComponent(BY_MODEL)}`);
  await expect(result.getByRole("cell", { name: "delivery-time" })).toBeVisible();
  await page.getByRole("tab", { name: "Chart" }).click();
  await expect(page.getByRole("img", { name: /predictions by model/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("img", { name: /predictions by model/ })).toBeVisible();

  const saved = async (form: string) => {
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as …" }).click();
    await page.getByRole("menuitem", { name: form }).click();
    return readFile(await (await coming).path());
  };
  const csv = (await saved("CSV")).toString("utf8");
  expect(csv.split("\n")[0]).toBe("model,predictions");
  expect(csv).toContain("support-assistant,");
  expect((await saved("Parquet")).subarray(0, 4).toString("latin1")).toBe("PAR1");

  await page.getByRole("button", { name: "Queries" }).click();
  await page.getByRole("menuitem", { name: "Save this one…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("By model");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.goto(`${demo.url}/sql`);
  await page.getByRole("button", { name: "Queries" }).click();
  await page.getByRole("menuitem", { name: "By model", exact: true }).click();
  await expect(editor).toContainText("GROUP BY 1 ORDER BY 1");
});

test("what cannot be answered is said, and what runs long can be cancelled", async ({ page, demo }) => {
  await visit(page, `${demo.url}/sql?q=${encodeURIComponent("DELETE FROM predictions")}`);
  await expect(page.getByRole("alert")).toBeVisible();
  // Long, and not ended by its memory.
  const long = "SELECT sum(a.latency_ms * b.latency_ms) FROM predictions a JOIN predictions b ON a.model = b.model";
  await page.goto(`${demo.url}/sql?q=${encodeURIComponent(long)}`);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("It was cancelled")).toBeVisible();
});

test("rows of a result lead to their stories", async ({ page, demo }) => {
  const sql = `SELECT model, id FROM predictions WHERE model = '${demo.model}' AND id = '${demo.prediction}'`;
  await visit(page, `${demo.url}/sql?q=${encodeURIComponent(sql)}`);
  await page.getByRole("link", { name: demo.prediction }).click();
  await settled(page);
  await expect(page).toHaveURL(new RegExp(`/predictions/${demo.model}/`));
});
