import type { QueryClient } from "@tanstack/react-query";
import { type AsyncRouteComponent, lazyRouteComponent } from "@tanstack/react-router";
import * as of from "../../api/queries";
import { grainOf, type Range } from "../../time/range";

interface Tab {
  id: string;
  label: string;
  page: AsyncRouteComponent<{ name: string }>;
  /** Asks for what it shows first, while its script is on its way. */
  early?: (queries: QueryClient, name: string, range: Range) => void;
}

const windows: Tab["early"] = (queries, name) => void queries.prefetchQuery(of.standing(name));
const schema: Tab["early"] = (queries, name) => void queries.prefetchQuery(of.schemas(name));
const spec: Tab["early"] = (queries, name) => void queries.prefetchQuery(of.modelSpec(name));
const service: Tab["early"] = (queries, name, range) => {
  for (const column of ["status", "latency_ms"]) void queries.prefetchQuery(of.profiles(name, { range, grain: grainOf(range), column }));
};

const overview: Tab = {
  id: "overview",
  label: "Overview",
  page: lazyRouteComponent(() => import("./OverviewTab")),
  early: (queries, name, range) => {
    service(queries, name, range);
    void queries.prefetchQuery(of.changes(name, range));
  },
};

/** The sides of a model, as they stand beside each other. */
export const TABS: readonly Tab[] = [
  overview,
  { id: "traffic", label: "Traffic", page: lazyRouteComponent(() => import("./TrafficTab")), early: service },
  { id: "quality", label: "Quality", page: lazyRouteComponent(() => import("./QualityTab")) },
  { id: "drift", label: "Drift", page: lazyRouteComponent(() => import("./DriftTab")), early: windows },
  { id: "performance", label: "Performance", page: lazyRouteComponent(() => import("./PerformanceTab")), early: windows },
  {
    id: "segments",
    label: "Segments",
    page: lazyRouteComponent(() => import("./SegmentsTab")),
    early: (...asked) => {
      schema(...asked);
      spec(...asked);
    },
  },
  {
    id: "fairness",
    label: "Fairness",
    page: lazyRouteComponent(() => import("./FairnessTab")),
    early: (queries, name, range) => void queries.prefetchQuery(of.fairness(name, range)),
  },
  { id: "explanations", label: "Explanations", page: lazyRouteComponent(() => import("./ExplanationsTab")), early: schema },
  { id: "feedback", label: "Feedback", page: lazyRouteComponent(() => import("./FeedbackTab")), early: schema },
  { id: "versions", label: "Versions", page: lazyRouteComponent(() => import("./VersionsTab")), early: schema },
  {
    id: "objectives",
    label: "Objectives",
    page: lazyRouteComponent(() => import("./ObjectivesTab")),
    early: (...asked) => {
      windows(...asked);
      spec(...asked);
    },
  },
  { id: "monitors", label: "Monitors", page: lazyRouteComponent(() => import("./MonitorsTab")), early: windows },
  { id: "schema", label: "Schema", page: lazyRouteComponent(() => import("./SchemaTab")), early: schema },
  { id: "settings", label: "Settings", page: lazyRouteComponent(() => import("./SettingsTab")), early: spec },
];

/** The tab that an address names; of no name, or of one that is none, the first. */
export function tabOf(id: string | undefined): Tab {
  return TABS.find((tab) => tab.id === id) ?? overview;
}
