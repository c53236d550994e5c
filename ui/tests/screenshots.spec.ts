import { test } from "@playwright/test";
import { places, visit } from "./pages";

const WIDTHS = [390, 1440];
const folder = process.env.CANDOR_SCREENSHOTS ?? "screenshots";

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of WIDTHS) {
    test(`@screenshots of all pages, ${colorScheme}, ${width}`, async ({ browser, request }) => {
      test.setTimeout(400_000);
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
      const page = await context.newPage();
      const only = process.env.CANDOR_PAGES?.split(",");
      for (const { name, path } of await places(request)) {
        if (only && !only.includes(name)) continue;
        await visit(page, path);
        // Charts are drawn in the frame after their data came.
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png`, fullPage: true });
      }
      await context.close();
    });
  }
}
