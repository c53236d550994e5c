import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts the real binary with the demo and waits until its month is loaded and watched. */
export default async function start(): Promise<() => Promise<void>> {
  const binary = process.env.CANDOR_BIN;
  if (!binary) throw new Error("Set CANDOR_BIN to the binary, or CANDOR_UI_URL to a server that runs.");
  const port = process.env.CANDOR_PORT ?? "7498";
  const data = await mkdtemp(join(tmpdir(), "candor-ui-"));
  const rows = process.env.CANDOR_ROWS ?? "200000";
  const server = spawn(binary, ["demo", "--listen", `127.0.0.1:${port}`, "--data", data, "--rows", rows], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const until = Date.now() + 180_000;
  while (!(await isWatched(`http://127.0.0.1:${port}`))) {
    if (Date.now() > until || server.exitCode !== null) throw new Error("The demo did not come up.");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return async () => {
    server.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true, force: true });
  };
}

const MODELS = ["credit-risk", "delivery-time", "product-ranking", "support-assistant"];
const CLOSED_WITHIN_MS = 2 * 86_400_000;

/** Whether monitors have closed the windows of the month. */
async function isWatched(url: string): Promise<boolean> {
  try {
    const told = await Promise.all(MODELS.map((m) => fetch(`${url}/v1/models/${m}/monitors`)));
    if (told.some((response) => !response.ok)) return false;
    const all = (await Promise.all(told.map((response) => response.json()))) as { state: string; closed: string | null }[];
    return all.every((m) => m.state === "watching" && m.closed !== null && Date.now() - Date.parse(m.closed) < CLOSED_WITHIN_MS);
  } catch {
    return false;
  }
}
