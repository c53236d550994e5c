import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The binary under test. */
export function binary(): string {
  return process.env.CANDOR_BIN ?? new URL("../../target/release/candor", import.meta.url).pathname;
}

/** A server in a process and a folder of its own. */
export interface Server {
  url: string;
  data: string;
  stop: () => Promise<void>;
}

/** An empty folder for a server's data. */
export function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "candor-ui-"));
}

/** Starts the binary and waits for the line that says so. */
export async function start(args: readonly string[], { data, until }: { data: string; until: RegExp }): Promise<Server> {
  const child = spawn(binary(), [...args, "--data", data, "--listen", "127.0.0.1:0", "--log", "warn"], { stdio: ["ignore", "pipe", "pipe"] });
  const said = await line(child, until);
  const url = /listening on (http:\/\/[^\s]+)/.exec(said)?.[1];
  if (!url) throw new Error(`the server names no address: ${said}`);
  const front = process.env.CANDOR_FRONT ? await before(url) : null;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    front?.stop();
    if (child.exitCode === null) child.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { url: front?.url ?? url, data, stop };
}

/** `dist/` before a binary that was built without the interface, with the policy that the binary has. */
export async function before(server: string): Promise<{ url: string; stop: () => void }> {
  const port = await freePort();
  const script = new URL("../scripts/front.mjs", import.meta.url).pathname;
  const child = spawn("node", [script], { env: { ...process.env, CANDOR_URL: server, PORT: String(port) }, stdio: ["ignore", "pipe", "pipe"] });
  await line(child, /in front of/);
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** All that a process said until something was said. */
function line(child: ChildProcess, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    let complaints = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (until.test(said)) resolve(said);
    });
    child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`candor ended with ${code}: ${complaints.slice(-2000)}`)));
  });
}

/** A server over a folder without anything in it. */
export async function serve(data?: string): Promise<Server> {
  return start(["serve"], { data: data ?? (await folder()), until: /listening on/ });
}

/** Makes a token before the first start, and gives its secret part. */
export async function token(data: string, scope: string): Promise<string> {
  const { stdout } = await run(binary(), ["token", "create", "--data", data, "--name", scope, "--scope", scope, "--output", "json"]);
  const told = JSON.parse(stdout) as Record<string, unknown>;
  const secret = told.token ?? told.secret;
  if (typeof secret !== "string") throw new Error(`no token in ${stdout}`);
  return secret;
}

/** Puts an object in force, as people do. */
export async function apply(url: string, object: string): Promise<void> {
  const home = await folder();
  const file = join(home, "object.yaml");
  await writeFile(file, object);
  await run(binary(), ["apply", "-f", file, "--server", url]);
  await rm(home, { recursive: true });
}
