import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
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

for (const colorScheme of ["light", "dark"] as const) {
  for (const { name, path, ready } of PLACES) {
    test(`accessible: ${name}, ${colorScheme}`, async ({ page, demo }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await visit(page, demo.url + path(demo), ready);
      // The policy of the page does not bind what the driver evaluates.
      await page.evaluate(await source);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
        return (await axe.run()).violations;
      });
      const found = violations.filter((v) => SERIOUS.includes(v.impact ?? ""));
      expect(found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.failureSummary ?? ""}`).join(" | ")}`)).toEqual([]);
    });
  }
}
