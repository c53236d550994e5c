import { Text, Title } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { basePath } from "./api/base";
import * as ask from "./api/queries";
import { PageFailed } from "./kit/Asked";
import { FleetPage } from "./pages/fleet/FleetPage";
import { tabOf } from "./pages/model/tabs";
import type { Wanted } from "./pages/traces/listing";
import { spansOf, traceSql } from "./pages/traces/spans";
import { Shell } from "./shell/Shell";
import { readTime, resolve, type TimeSearch } from "./time/range";
import { thisMinute } from "./time/useTime";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Shell,
  validateSearch: (search: Record<string, unknown>): TimeSearch => readTime(search),
  search: { middlewares: [retainSearchParams(["last", "from", "to", "vs"])] },
  errorComponent: PageFailed,
  notFoundComponent: () => (
    <>
      <Title order={1}>There is no page at this address</Title>
      <Text mt="sm">Use the navigation, or press Ctrl K and type what you look for.</Text>
    </>
  ),
});

/** Parameters of a search that are texts. */
function texts<const K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): { [P in K]?: string } => {
    const out: { [P in K]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "string" && value !== "") out[name] = value;
      // The router reads `v=1` as a number.
      else if (typeof value === "number" || typeof value === "boolean") out[name] = String(value);
    }
    return out;
  };
}

// What a page needs is asked for while its script is on its way, and waited for by the page itself.

const fleet = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: texts("find"),
  loader: ({ context: { queries } }): void => {
    void queries.prefetchQuery(ask.models);
    void queries.prefetchQuery(ask.openAlerts);
  },
  component: FleetPage,
});

const sideOfModel = texts("tab", "column", "monitor", "champion", "challenger");

const model = createRoute({
  getParentRoute: () => root,
  path: "/models/$model",
  validateSearch: sideOfModel,
  loaderDeps: ({ search: { tab, last, from, to } }) => ({ tab, time: readTime({ last, from, to }) }),
  loader: async ({ context: { queries }, params: { model: name }, deps: { tab, time } }): Promise<void> => {
    void queries.prefetchQuery(ask.model(name));
    void queries.prefetchQuery(ask.briefStanding(name));
    void queries.prefetchQuery(ask.alerts({ model: name }));
    const { early, page } = tabOf(tab);
    early?.(queries, name, resolve(time, thisMinute()));
    await page.preload?.();
  },
  component: lazyRouteComponent(() => import("./pages/model/ModelPage"), "ModelPage"),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  validateSearch: texts("show", "model", "severity"),
  component: lazyRouteComponent(() => import("./pages/alerts/AlertsPage"), "AlertsPage"),
});

const alert = createRoute({
  getParentRoute: () => root,
  path: "/alerts/$id",
  loader: ({ context: { queries }, params: { id } }): void => {
    void queries.prefetchQuery(ask.alert(id));
    void queries.prefetchQuery(ask.evidence(id));
    void queries.prefetchQuery(ask.alertWhy(id));
    void queries.prefetchQuery(ask.silenced);
  },
  component: lazyRouteComponent(() => import("./pages/alerts/AlertPage"), "AlertPage"),
});

const predictions = createRoute({
  getParentRoute: () => root,
  path: "/predictions",
  validateSearch: (search: Record<string, unknown>): { model?: string; where?: string[]; columns?: string } => {
    const where = Array.isArray(search.where) ? search.where.filter((c): c is string => typeof c === "string") : [];
    return { ...texts("model", "columns")(search), ...(where.length > 0 ? { where } : {}) };
  },
  component: lazyRouteComponent(() => import("./pages/predictions/PredictionsPage"), "PredictionsPage"),
});

const story = createRoute({
  getParentRoute: () => root,
  path: "/predictions/$model/$id",
  validateSearch: texts("at"),
  component: lazyRouteComponent(() => import("./pages/predictions/StoryPage"), "StoryPage"),
});

const traces = createRoute({
  getParentRoute: () => root,
  path: "/traces",
  validateSearch: (search: Record<string, unknown>): Wanted => {
    const attr = Array.isArray(search.attr) ? search.attr.filter((a): a is string => typeof a === "string") : [];
    return { ...texts("service", "model", "operation", "status", "min", "conversation", "said")(search), ...(attr.length > 0 ? { attr } : {}) };
  },
  loader: ({ context: { queries } }): void => void queries.prefetchQuery(ask.newestSpan),
  component: lazyRouteComponent(() => import("./pages/traces/TracesPage"), "TracesPage"),
});

const sideOfTrace = texts("at", "span");

const trace = createRoute({
  getParentRoute: () => root,
  path: "/traces/$traceId",
  validateSearch: sideOfTrace,
  loaderDeps: ({ search: { at } }) => ({ at }),
  loader: ({ context: { queries }, params: { traceId }, deps: { at } }): void => void queries.prefetchQuery(spansOf(traceSql(traceId, at))),
  component: lazyRouteComponent(() => import("./pages/traces/TracePage"), "TracePage"),
});

const conversation = createRoute({
  getParentRoute: () => root,
  path: "/conversations/$id",
  component: lazyRouteComponent(() => import("./pages/traces/ConversationPage"), "ConversationPage"),
});

const drills = createRoute({
  getParentRoute: () => root,
  path: "/drills",
  validateSearch: texts("show", "drill", "model", "monitor", "matters"),
  component: lazyRouteComponent(() => import("./pages/drills/DrillsPage"), "DrillsPage"),
});

const statement = texts("q", "view", "x", "y", "by");

const sql = createRoute({
  getParentRoute: () => root,
  path: "/sql",
  validateSearch: statement,
  loaderDeps: ({ search: { q, view } }) => ({ q, view }),
  loader: async ({ context: { queries }, deps: { q, view }, preload }): Promise<void> => {
    void import("./pages/sql/SqlEditor");
    if (view === "chart") void import("./charts/EChart");
    const [{ asking, ROWS_FIRST }, { lakeTables }] = await Promise.all([import("./pages/sql/asking"), import("./pages/sql/tables")]);
    void queries.prefetchQuery(lakeTables);
    // Whoever only points at a link has asked nothing yet.
    if (q && !preload) void queries.prefetchQuery(asking(q, ROWS_FIRST));
  },
  component: lazyRouteComponent(() => import("./pages/sql/SqlPage"), "SqlPage"),
});

const tree = root.addChildren([fleet, model, alerts, alert, predictions, story, traces, trace, conversation, drills, sql]);

export function createPages(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    basepath: basePath(),
    defaultPreload: "intent",
    // What is around a page stays.
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}
