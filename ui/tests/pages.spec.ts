import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { PLACES } from "./pages";
import { visit } from "./visit";

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SERIOUS = ["serious", "critical"];
/** What a page is about; live traffic changes only figures. */
const SUBJECT = "main h1, main h2, main h3, main th, main [role=tab][aria-selected=true]";

/** What people who cannot see the page as it is drawn would stumble over. */
async function obstacles(page: Page): Promise<string[]> {
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  const found = violations.filter((v) => SERIOUS.includes(v.impact ?? ""));
  return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.failureSummary ?? ""}`).join(" | ")}`);
}

for (const { name, path, ready } of PLACES) {
  test(`${name}: for everyone in light and dark, and a reload shows the same`, async ({ page, demo }) => {
    // A time that is over.
    const url = new URL(path(demo), demo.url);
    url.searchParams.delete("last");
    url.searchParams.set("from", demo.from);
    url.searchParams.set("to", demo.to);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await visit(page, url.href, ready);
    // The policy of the page does not bind what the driver evaluates.
    await page.evaluate(await source);
    expect(await obstacles(page), "light").toEqual([]);
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
    expect(await obstacles(page), "dark").toEqual([]);

    // Of the fleet, those who need someone change while it is looked at.
    if (name === "fleet") return;
    const seen = await page.locator(SUBJECT).allInnerTexts();
    const at = page.url();
    await page.reload();
    await expect(page.locator(SUBJECT)).toHaveText(seen);
    expect(page.url()).toBe(at);
  });
}
