import type { APIRequestContext, Page } from "@playwright/test";
import { expect } from "@playwright/test";

/** Every page, by the name of its picture. */
export interface Place {
  name: string;
  path: string;
}

/** The pages of the demo. Some are of an alert and a prediction, which are asked for first. */
export async function places(request: APIRequestContext): Promise<Place[]> {
  const alerts = (await (await request.get("/v1/alerts?model=credit-risk&limit=50")).json()) as { items: { id: string }[] };
  const sql = { sql: `SELECT id, time FROM "credit-risk".predictions ORDER BY time DESC LIMIT 1` };
  const rows = (await (await request.post("/v1/sql", { data: sql })).json()) as { rows: [string, string][] };
  const [id, at] = rows.rows[0] ?? ["none", ""];
  const alert = alerts.items[0]?.id ?? "none";
  const tabs = ["traffic", "quality", "drift", "performance", "versions", "monitors", "schema"];
  return [
    { name: "fleet", path: "/" },
    { name: "alerts", path: "/alerts?last=30d" },
    { name: "silences", path: "/alerts?show=silences" },
    { name: "alert", path: `/alerts/${alert}` },
    { name: "model-overview", path: "/models/credit-risk?last=30d" },
    ...tabs.map((tab) => ({ name: `model-${tab}`, path: `/models/credit-risk?tab=${tab}&last=14d` })),
    { name: "predictions", path: "/predictions?model=credit-risk&last=24h" },
    { name: "prediction", path: `/predictions/credit-risk/${encodeURIComponent(id)}?at=${encodeURIComponent(at)}` },
    { name: "drills", path: "/drills" },
    { name: "sql", path: "/sql" },
  ];
}

/** Goes to a page and waits until what it shows is there. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settled(page);
}

export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("[data-loading], .mantine-Skeleton-root")).toHaveCount(0, { timeout: 45_000 });
}
