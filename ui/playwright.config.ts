import { defineConfig } from "@playwright/test";

const port = process.env.CANDOR_PORT ?? "7498";
/** A server that runs already, or else the binary is started with the demo. */
const running = process.env.CANDOR_UI_URL;

export default defineConfig({
  testDir: "tests",
  timeout: 90_000,
  fullyParallel: false,
  workers: 1,
  reporter: [["list"]],
  globalSetup: running ? undefined : "./tests/demo.ts",
  use: {
    baseURL: running ?? `http://127.0.0.1:${port}`,
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
  },
});
