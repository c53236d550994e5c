import { forEveryone } from "./axe";
import { expect, test } from "./fixtures";
import { PLACES } from "./pages";
import { visit } from "./visit";

/** What a page is about; live traffic changes only figures. */
const SUBJECT = "main h1, main h2, main h3, main th, main [role=tab][aria-selected=true]";

for (const { name, path, ready } of PLACES) {
  test(`${name}: for everyone in light and dark, and a reload shows the same`, async ({ page, demo }) => {
    // A time that is over.
    const url = new URL(path(demo), demo.url);
    url.searchParams.delete("last");
    url.searchParams.set("from", demo.from);
    url.searchParams.set("to", demo.to);
    await visit(page, url.href, ready);
    await forEveryone(page);

    // Of the fleet, those who need someone change while it is looked at.
    if (name === "fleet") return;
    const seen = await page.locator(SUBJECT).allInnerTexts();
    const at = page.url();
    await page.reload();
    await expect(page.locator(SUBJECT)).toHaveText(seen);
    expect(page.url()).toBe(at);
  });
}
