import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server that answers the API while the interface is developed. */
const server = process.env.CANDOR_URL ?? "http://127.0.0.1:7411";

// The server refuses other sites' pages, and the development server is one.
const proxy = Object.fromEntries(
  ["/v1", "/api", "/health", "/metrics"].map((path) => [
    path,
    { target: server, changeOrigin: true, headers: { origin: server } },
  ]),
);

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { manifest: true, target: "es2022", chunkSizeWarningLimit: 700 },
  server: { proxy },
  preview: { proxy },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
