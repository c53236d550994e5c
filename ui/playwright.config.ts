import { defineConfig } from "@playwright/test";

/** The real binary and Debian's Chromium; nothing is downloaded. Waits are on state, never on time. */
export default defineConfig({
  testDir: "tests",
  globalSetup: "./tests/demo.ts",
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI === "true",
  timeout: 360_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    trace: "retain-on-failure",
  },
});
