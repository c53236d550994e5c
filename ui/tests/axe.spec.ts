import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { expect, test } from "@playwright/test";
import { places, visit } from "./pages";

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const colorScheme of ["light", "dark"] as const) {
  test(`no serious finding on any page, ${colorScheme}`, async ({ browser, request }) => {
    test.setTimeout(400_000);
    const context = await browser.newContext({ colorScheme });
    const page = await context.newPage();
    const found: string[] = [];
    for (const { name, path } of await places(request)) {
      await visit(page, path);
      // The policy of the page does not bind what the driver evaluates.
      await page.evaluate(await source);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
        return (await axe.run()).violations;
      });
      for (const { id, impact, nodes } of violations) {
        if (impact === "serious" || impact === "critical") found.push(`${name}: ${id}: ${nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
      }
    }
    await context.close();
    expect(found).toEqual([]);
  });
}
