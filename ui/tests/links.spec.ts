import { expect, test } from "./fixtures";
import { PLACES } from "./pages";
import { visit } from "./visit";

/** Live traffic changes figures, not what a page is about. */
const STEADY = PLACES.filter(({ name }) => name !== "fleet");

for (const { name, path, ready } of STEADY) {
  test(`a reload shows the same: ${name}`, async ({ page, demo }) => {
    const address = path(demo);
    // A time that is over.
    const url = new URL(address, demo.url);
    url.searchParams.delete("last");
    url.searchParams.set("from", demo.from);
    url.searchParams.set("to", demo.to);
    await visit(page, url.href, ready);
    const seen = await page.locator("main h1, main h2, main h3, main th, main [role=tab][aria-selected=true]").allInnerTexts();
    const at = page.url();
    await page.reload();
    await expect(page.locator("main h1, main h2, main h3, main th, main [role=tab][aria-selected=true]")).toHaveText(seen);
    expect(page.url()).toBe(at);
  });
}
