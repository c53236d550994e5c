import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { iso, type Range } from "../time/range";
import { answer, api, Refusal, type Schemas } from "./client";
import { ask, during, literal, records, spell } from "./sql";

/** What pages read. Keys begin with what a message of the stream makes stale. */

export type Model = Schemas["ModelView"];
export type Alert = Schemas["AlertView"];
export type Profile = Schemas["ProfileView"];
export type Monitor = Schemas["MonitorStanding"];
export type Point = Schemas["PointView"];

const PAGE = 1000;

/** All pages of a list. */
async function all<T>(page: (cursor?: string) => Promise<{ items: T[]; next_cursor?: string | null }>): Promise<T[]> {
  const out: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = await page(cursor);
    out.push(...items);
    cursor = next_cursor ?? undefined;
  } while (cursor);
  return out;
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

export const models = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) =>
    all((cursor) => answer(api.GET("/v1/models", { params: { query: { limit: PAGE, cursor } }, signal }))),
  refetchInterval: 30_000,
});

export const model = (name: string) =>
  queryOptions({
    queryKey: ["models", name],
    queryFn: ({ signal }) => answer(api.GET("/v1/models/{model}", { params: { path: { model: name } }, signal })),
  });

export const versions = (name: string) =>
  queryOptions({
    queryKey: ["models", name, "versions"],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/models/{model}/versions", { params: { path: { model: name } }, signal })),
  });

export const schemas = (name: string) =>
  queryOptions({
    queryKey: ["models", name, "schema"],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/models/{model}/schema", { params: { path: { model: name } }, signal })),
  });

export const proposal = (name: string) =>
  queryOptions({
    queryKey: ["models", name, "proposal"],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/models/{model}/proposal", { params: { path: { model: name } }, signal })),
  });

/** How a model's monitors stand; null before anything is watched. */
export const standing = (name: string) =>
  queryOptions({
    queryKey: ["standing", name],
    queryFn: ({ signal }) =>
      orNull(answer(api.GET("/v1/models/{model}/monitors", { params: { path: { model: name } }, signal }))),
    refetchInterval: 60_000,
  });

/** The same with the newest telling window of each monitor alone: enough for a line, and a hundredth of the bytes. */
export const briefStanding = (name: string) =>
  queryOptions({
    queryKey: ["standing", name, "brief"],
    queryFn: ({ signal }) =>
      orNull(answer(api.GET("/v1/models/{model}/monitors", { params: { path: { model: name }, query: { newest: 1 } }, signal }))),
    refetchInterval: 60_000,
  });

export interface AlertChoice {
  model?: string;
  state?: string;
  severity?: string;
  from?: string;
  to?: string;
}

export const alerts = (choice: AlertChoice, limit = PAGE) =>
  queryOptions({
    queryKey: ["alerts", "list", choice, limit],
    queryFn: ({ signal }) => answer(api.GET("/v1/alerts", { params: { query: { ...choice, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

/** Alerts that are not over. */
export const openAlerts = queryOptions({
  queryKey: ["alerts", "open"],
  queryFn: async ({ signal }) => {
    const states = ["firing", "acknowledged", "unknown", "recovering"];
    const pages = await Promise.all(
      states.map((state) => answer(api.GET("/v1/alerts", { params: { query: { state, limit: PAGE } }, signal }))),
    );
    // One that moves from a state to the next between two answers comes twice.
    return [...new Map(pages.flatMap((p) => p.items).map((a) => [a.id, a])).values()];
  },
  refetchInterval: 60_000,
});

export const alert = (id: string) =>
  queryOptions({
    queryKey: ["alerts", "one", id],
    queryFn: ({ signal }) => answer(api.GET("/v1/alerts/{id}", { params: { path: { id } }, signal })),
  });

export const evidence = (id: string) =>
  queryOptions({
    queryKey: ["evidence", id],
    queryFn: ({ signal }) => answer(api.GET("/v1/alerts/{id}/evidence", { params: { path: { id } }, signal })),
    staleTime: 5 * 60_000,
  });

export const alertWhy = (id: string) =>
  queryOptions({
    queryKey: ["alerts", "why", id],
    queryFn: ({ signal }) => answer(api.GET("/v1/alerts/{id}/why", { params: { path: { id } }, signal })),
  });

/** How often a model's monitors were right, by what people said of their alerts. */
export const scores = (model: string) =>
  queryOptions({
    queryKey: ["alerts", "scores", model],
    queryFn: ({ signal }) => answer(api.GET("/v1/alerts/scores", { params: { query: { model } }, signal })),
  });

/** Which silences hide each alert that goes on, by the alert's id. The server says so in Alertmanager's form alone. */
export const silenced = queryOptions({
  queryKey: ["alerts", "silenced"],
  queryFn: async ({ signal }) => silencedBy(await answer(api.GET("/api/v2/alerts", { params: { query: { active: false, unprocessed: false } }, signal }))),
  // Silences begin and end by themselves.
  refetchInterval: 60_000,
});

/** Silences by the alerts that they hide, out of a list in Alertmanager's form. */
export function silencedBy(listed: readonly unknown[]): Readonly<Record<string, string[]>> {
  interface Shown {
    labels?: { alert?: unknown };
    status?: { silencedBy?: unknown };
  }
  const out = new Map<string, string[]>();
  for (const { labels, status } of listed as readonly Shown[]) {
    const by = Array.isArray(status?.silencedBy) ? status.silencedBy.filter((name): name is string => typeof name === "string") : [];
    if (typeof labels?.alert === "string" && by.length > 0) out.set(labels.alert, by);
  }
  return Object.fromEntries(out);
}

export type Silence = Schemas["SilenceView"];

export const silences = queryOptions({
  queryKey: ["silences"],
  queryFn: ({ signal }) => answer(api.GET("/v1/silences", { params: { query: { expired: true } }, signal })),
});

export const drills = queryOptions({
  queryKey: ["drills"],
  queryFn: ({ signal }) => answer(api.GET("/v1/drills", { params: { query: { limit: 200 } }, signal })),
});

export type Planned = Schemas["PlannedView"];

/** Drills with a schedule, and which one runs. */
export const drillPlan = queryOptions({
  queryKey: ["drill-plan"],
  queryFn: ({ signal }) => answer(api.GET("/v1/drills/schedule", { signal })),
  refetchInterval: ({ state }) => (state.data?.items.some((d) => d.state !== "waiting") ? 2_000 : 60_000),
});

export interface ProfileChoice {
  range: Range;
  grain: "5m" | "1h" | "1d";
  column?: string;
  segment?: string;
  edges?: string;
}

export const profiles = (name: string, { range, grain, column, segment, edges }: ProfileChoice) =>
  queryOptions({
    queryKey: ["profiles", name, range.from, range.to, grain, column, segment, edges],
    queryFn: async ({ signal }) => {
      const query = { from: iso(range.from), to: iso(range.to), grain, column, segment, edges };
      const path = { model: name };
      const told = await answer(api.GET("/v1/models/{model}/profiles", { params: { path, query }, signal }));
      return told.items;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** How a model treats the groups of its protected attributes. */
export const fairness = (name: string, range: Range) =>
  queryOptions<Schemas["FairnessView"]>({
    queryKey: ["fairness", name, range.from, range.to],
    queryFn: ({ signal }) => {
      const query = { from: iso(range.from), to: iso(range.to) };
      return answer(api.GET("/v1/models/{model}/fairness", { params: { path: { model: name }, query }, signal }));
    },
    // Never another model's.
    placeholderData: (before) => (before?.model === name ? before : undefined),
    staleTime: 5 * 60_000,
  });

export interface Change {
  time: number;
  what: string;
  target: string;
  to: string;
  by: string;
  why: string;
}

/** What changed of a model, as its deployments tell. */
export const changes = (name: string, range: Range) =>
  queryOptions({
    queryKey: ["changes", name, range.from, range.to],
    queryFn: async ({ signal }): Promise<Change[]> => {
      const sql = `SELECT time, what, target, "to", by, why FROM changes WHERE model = ${literal(name)} AND ${during(range)} ORDER BY time LIMIT 200`;
      const text = (value: unknown) => (typeof value === "string" ? value : "");
      return records(await ask(sql, { signal })).map((row) => ({
        time: Date.parse(text(row.time)),
        what: text(row.what),
        target: text(row.target),
        to: text(row.to),
        by: text(row.by),
        why: text(row.why),
      }));
    },
    staleTime: 60_000,
  });

export const modelSpec = (name: string) =>
  queryOptions({
    queryKey: ["specs", "Model", name],
    queryFn: ({ signal }) =>
      orNull(
        answer(api.GET("/v1/specs/{kind}/{name}", { params: { path: { kind: "Model", name } }, signal })),
      ),
  });

/** All revisions of an object, the newest first. */
export const specHistory = (kind: string, name: string) =>
  queryOptions({
    queryKey: ["specs", kind, name, "history"],
    queryFn: async ({ signal }) => {
      const told = await answer(api.GET("/v1/specs/{kind}/{name}/history", { params: { path: { kind, name } }, signal }));
      return told.items.sort((a, b) => b.revision - a.revision);
    },
  });

/** Promises that are objects of their own, of all models. */
export const objectives = queryOptions({
  queryKey: ["specs", "Objective"],
  queryFn: async ({ signal }) => {
    const page = (cursor?: string) => answer(api.GET("/v1/specs/{kind}", { params: { path: { kind: "Objective" }, query: { limit: PAGE, cursor } }, signal }));
    return (await all(page)).filter((o) => !o.deleted).map((o) => o.object);
  },
});

/** Policies that are in force, of all models. */
export const policies = queryOptions({
  queryKey: ["specs", "Policy"],
  queryFn: async ({ signal }) => {
    const page = (cursor?: string) => answer(api.GET("/v1/specs/{kind}", { params: { path: { kind: "Policy" }, query: { limit: PAGE, cursor } }, signal }));
    return (await all(page)).filter((o) => !o.deleted).map((o) => o.object);
  },
});

/** When the newest span began; null before the first one. */
export const newestSpan = queryOptions({
  queryKey: ["spans", "newest"],
  queryFn: async ({ signal }): Promise<{ at: string | null }> => {
    const [row] = records(await ask("SELECT max(time) AS newest FROM spans", { signal }));
    return { at: spell(row?.newest) || null };
  },
  // Whoever sends the first one waits for it here.
  refetchInterval: ({ state }) => (state.data?.at === null ? 3_000 : false),
});
