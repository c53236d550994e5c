import { useMantineColorScheme } from "@mantine/core";
import { createSpotlight, Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { models, openAlerts } from "../api/queries";
import { DENSITIES, useDensity } from "../kit/density";
import { traceIn } from "../pages/traces/spans";
import { PRESETS } from "../time/range";
import { useTime } from "../time/useTime";

const [store, palette] = createSpotlight();
export { palette };

/** Models, alerts, places and actions by their names, traces by their ids. */
export function Palette() {
  const navigate = useNavigate();
  const { go } = useTime();
  const { setColorScheme } = useMantineColorScheme();
  const [, setDensity] = useDensity();
  const [query, setQuery] = useState("");
  const typed = traceIn(query);
  const known = useQuery(models).data ?? [];
  const open = useQuery(openAlerts).data ?? [];
  const places = [
    { label: "Fleet", to: "/" },
    { label: "Predictions", to: "/predictions" },
    { label: "Traces", to: "/traces" },
    { label: "Alerts", to: "/alerts" },
    { label: "Silences", to: "/alerts", search: { show: "silences" } },
    { label: "Drills", to: "/drills" },
    { label: "Backtests", to: "/drills", search: { show: "backtest" } },
    { label: "SQL", to: "/sql" },
  ] as const;
  const groups: SpotlightActionGroupData[] = [
    {
      group: "Traces",
      // What was typed is among its words, so that it is found by it.
      actions: typed
        ? [
            {
              id: `trace ${typed.traceId}`,
              label: `Open the trace ${typed.traceId}`,
              description: typed.spanId === null ? undefined : `at its span ${typed.spanId}`,
              keywords: query.trim(),
              onClick: () => void navigate({ to: "/traces/$traceId", params: { traceId: typed.traceId }, search: typed.spanId === null ? {} : { span: typed.spanId } }),
            },
          ]
        : [],
    },
    {
      group: "Models",
      actions: known.map((m) => ({
        id: `model ${m.name}`,
        label: m.name,
        description: [m.task, m.owner].filter(Boolean).join(" · "),
        onClick: () => void navigate({ to: "/models/$model", params: { model: m.name } }),
      })),
    },
    {
      group: "Open alerts",
      actions: open.map((a) => ({
        id: `alert ${a.id}`,
        label: a.cause,
        description: `${a.model} · ${a.severity}`,
        onClick: () => void navigate({ to: "/alerts/$id", params: { id: a.id } }),
      })),
    },
    {
      group: "Places",
      actions: places.map(({ label, ...place }) => ({ id: `place ${label}`, label, onClick: () => void navigate(place) })),
    },
    {
      group: "Show",
      actions: [
        ...PRESETS.map((last) => ({ id: `last ${last}`, label: `Last ${last}`, onClick: () => go({ last }) })),
        ...(["light", "dark", "auto"] as const).map((scheme) => ({
          id: `scheme ${scheme}`,
          label: `Colours: ${scheme}`,
          onClick: () => setColorScheme(scheme),
        })),
        ...DENSITIES.map((density) => ({
          id: `density ${density}`,
          label: `Rows of tables: ${density}`,
          onClick: () => setDensity(density),
        })),
      ],
    },
  ];
  return (
    <Spotlight
      store={store}
      actions={groups.filter((g) => g.actions.length > 0)}
      query={query}
      onQueryChange={setQuery}
      shortcut={["mod + K", "/"]}
      nothingFound="Nothing of that name."
      limit={8}
      scrollable
      // It answers at once: whoever types does not wait for a fade, and the page behind is not laid out anew.
      transitionProps={{ duration: 0 }}
      // A blur paints the whole page anew at every key, which without a graphics card takes 70 ms.
      overlayProps={{ blur: 0, backgroundOpacity: 0.45 }}
      lockScroll={false}
      maxHeight={420}
      searchProps={{ placeholder: "Models, alerts, pages, a trace’s id…", "aria-label": "Search" }}
    />
  );
}
