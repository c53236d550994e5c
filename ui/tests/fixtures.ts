import { test as base, expect } from "@playwright/test";
import { type Demo, demo } from "./demo";
import { serve, type Server } from "./server";

export { expect };

interface Fixtures {
  demo: Demo;
  /** A server without anything in it, of this test alone. */
  empty: Server;
  /** What went wrong in the browser; a test that expects something takes it out. */
  complaints: string[];
}

/** Replies that a page understands are noted by the browser all the same. */
const REFUSED = /^Failed to load resource: the server responded with a status of (4\d\d|503)/;

/** Every test: nothing on the console, nothing asked of another host, nothing against the content security policy. */
export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- the driver reads from the pattern what a fixture needs
  demo: async ({}, provide) => provide(demo()),
  empty: async ({ page }, provide) => {
    const server = await serve();
    await provide(server);
    // A page that is left open would go on asking.
    await page.goto("about:blank");
    await server.stop();
  },
  complaints: [
    async ({ page }, provide) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" && !REFUSED.test(message.text())) complaints.push(`console: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      page.on("dialog", (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (/^https?:$/.test(url.protocol) && url.hostname !== "127.0.0.1") complaints.push(`request to ${url.host}`);
      });
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          throw new Error(`against the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}:${event.columnNumber} ${event.sample}`);
        });
      });
      await provide(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});
