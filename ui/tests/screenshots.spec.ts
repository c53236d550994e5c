import { test } from "./fixtures";
import { PLACES } from "./pages";
import { serve } from "./server";
import { visit } from "./visit";

const WIDTHS = [390, 1440];
const SCHEMES = ["light", "dark"] as const;
const folder = process.env.CANDOR_SCREENSHOTS ?? "screenshots";
const only = process.env.CANDOR_PAGES?.split(",");

const wanted = PLACES.filter(({ name }) => !only || only.includes(name));
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    test.describe(`@screenshots ${colorScheme} ${width}`, () => {
      test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: "reduce" } });
      for (const { name, path, ready } of wanted) {
        test(name, async ({ page, demo }) => {
          await visit(page, demo.url + path(demo), ready);
          // Charts are drawn in the frame after their data came.
          await page.evaluate(drawn);
          await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png`, fullPage: true });
        });
      }
      test("first", async ({ page }) => {
        test.skip(only !== undefined && !only.includes("first"));
        const server = await serve();
        await visit(page, server.url);
        await page.screenshot({ path: `${folder}/first-${colorScheme}-${width}.png` });
        await server.stop();
      });
    });
  }
}
