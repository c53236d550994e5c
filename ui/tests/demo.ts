import { apply, folder, start } from "./server";

/** Where tests find the demo, and what of it they look at. */
export interface Demo {
  url: string;
  model: string;
  alert: string;
  prediction: string;
  /** A time that is over, so that live traffic changes nothing in it. */
  from: string;
  to: string;
}

const ROWS = process.env.CANDOR_DEMO_ROWS ?? "400000";
const SEED = "7";
const TRIES_MS = 500;
const PATIENCE_MS = 900_000;

/** A drill on a schedule: it is rehearsed at once. */
const DRILL = `apiVersion: candor/v1
kind: Scenario
metadata: {name: missing-debt-ratios, owner: drills}
spec:
  schedule: {every: 7d}
  seed: 101
  days: 11
  events: 80000
  models: [{name: credit-risk}]
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d9h, to: 9d9h, magnitude: 0.6}
  expect:
    - {model: credit-risk, measure: missing, column: input_debt_ratio, within: 6h, resolves_within: 1d}
`;

/** Starts the demo once for all tests, with a fixed seed; `CANDOR_URL` names one that runs already. */
export default async function setup(): Promise<() => Promise<void>> {
  const given = process.env.CANDOR_URL;
  const server = given
    ? { url: given, stop: () => Promise.resolve() }
    : await start(["demo", "--rows", ROWS, "--seed", SEED], { data: await folder(), until: /loaded [\s\S]*\n\n[\s\S]*\n\n/ });
  try {
    if (!given) await apply(server.url, DRILL);
    process.env.CANDOR_DEMO = JSON.stringify(await watched(server.url));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return () => server.stop();
}

export function demo(): Demo {
  return JSON.parse(process.env.CANDOR_DEMO ?? "{}") as Demo;
}

async function get<T>(url: string, path: string, init?: RequestInit): Promise<T> {
  const reply = await fetch(url + path, init);
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as T;
}

/** Asks again until the answer is there. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  let last = "nothing yet";
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const told = await ask().catch((error: unknown) => {
      last = String(error);
      return undefined;
    });
    if (told !== undefined) return told;
    await new Promise((resolve) => setTimeout(resolve, TRIES_MS));
  }
  throw new Error(`the demo has no ${what} after ${PATIENCE_MS / 1000} s: ${last}`);
}

interface Page<T> {
  items: T[];
}

/** The demo when its monitors have read the month, an alert is told and the drill is over. */
async function watched(url: string): Promise<Demo> {
  const models = (await get<Page<{ name: string }>>(url, "/v1/models")).items.map((m) => m.name);
  for (const name of models) {
    await until(`standing of ${name}`, async () => {
      const standing = await get<{ state: string; closed: string | null }>(url, `/v1/models/${name}/monitors`);
      const recent = standing.closed !== null && Date.now() - Date.parse(standing.closed) < 3 * 3_600_000;
      return standing.state === "watching" && recent ? standing : undefined;
    });
  }
  interface Told {
    id: string;
    model: string;
    family: string;
    onset_at: string;
    state: string;
    symptoms: string[] | { measure: string }[];
  }
  const alert = await until("alert", async () => {
    const { items } = await get<Page<Told>>(url, "/v1/alerts");
    return items.find((a) => a.model === "credit-risk" && a.family !== "drill");
  });
  await until("rehearsal", async () => (await get<Page<unknown>>(url, "/v1/drills")).items[0]);
  const sql = `SELECT id FROM "${alert.model}".predictions WHERE time < now() - INTERVAL '2 days' ORDER BY time DESC, id LIMIT 1`;
  const rows = await get<{ rows: string[][] }>(url, "/v1/sql", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ sql }) });
  const day = 86_400_000;
  const today = Math.floor(Date.now() / day) * day;
  const iso = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");
  return { url, model: alert.model, alert: alert.id, prediction: rows.rows[0]?.[0] ?? "", from: iso(today - 9 * day), to: iso(today - 2 * day) };
}
