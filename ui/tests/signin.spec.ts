import { expect, test } from "./fixtures";
import { folder, serve, token } from "./server";

test("a server with tokens asks for one, and shows what it allows", async ({ page }) => {
  const data = await folder();
  const secret = await token(data, "admin");
  const ingest = await token(data, "ingest");
  const server = await serve(data);
  try {
    await page.goto(`${server.url}/alerts`);
    await expect(page.getByRole("heading", { name: "Sign in to Candor" })).toBeVisible();
    const field = page.getByRole("textbox", { name: "Token" });
    await field.fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("The token is unknown, expired or revoked.")).toBeVisible();
    await field.fill(ingest);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("The token may not read.")).toBeVisible();
    await field.fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "No alert waits for someone." })).toBeVisible();
    await page.reload();
    await expect(page.getByRole("heading", { name: "No alert waits for someone." })).toBeVisible();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in to Candor" })).toBeVisible();
  } finally {
    await server.stop();
  }
});
