import { type AsyncRouteComponent, lazyRouteComponent } from "@tanstack/react-router";

interface Tab {
  id: string;
  label: string;
  page: AsyncRouteComponent<{ name: string }>;
}

const overview: Tab = { id: "overview", label: "Overview", page: lazyRouteComponent(() => import("./OverviewTab")) };

/** The sides of a model, as they stand beside each other. */
export const TABS: readonly Tab[] = [
  overview,
  { id: "traffic", label: "Traffic", page: lazyRouteComponent(() => import("./TrafficTab")) },
  { id: "quality", label: "Quality", page: lazyRouteComponent(() => import("./QualityTab")) },
  { id: "drift", label: "Drift", page: lazyRouteComponent(() => import("./DriftTab")) },
  { id: "performance", label: "Performance", page: lazyRouteComponent(() => import("./PerformanceTab")) },
  { id: "segments", label: "Segments", page: lazyRouteComponent(() => import("./SegmentsTab")) },
  { id: "fairness", label: "Fairness", page: lazyRouteComponent(() => import("./FairnessTab")) },
  { id: "explanations", label: "Explanations", page: lazyRouteComponent(() => import("./ExplanationsTab")) },
  { id: "feedback", label: "Feedback", page: lazyRouteComponent(() => import("./FeedbackTab")) },
  { id: "versions", label: "Versions", page: lazyRouteComponent(() => import("./VersionsTab")) },
  { id: "objectives", label: "Objectives", page: lazyRouteComponent(() => import("./ObjectivesTab")) },
  { id: "monitors", label: "Monitors", page: lazyRouteComponent(() => import("./MonitorsTab")) },
  { id: "schema", label: "Schema", page: lazyRouteComponent(() => import("./SchemaTab")) },
  { id: "settings", label: "Settings", page: lazyRouteComponent(() => import("./SettingsTab")) },
];

/** The tab that an address names; of no name, or of one that is none, the first. */
export function tabOf(id: string | undefined): Tab {
  return TABS.find((tab) => tab.id === id) ?? overview;
}
