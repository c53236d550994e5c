import { ActionIcon } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { type EChartsCoreOption, init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { download } from "./export";
import { usePalette } from "./usePalette";

register([BarChart, HeatmapChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export interface Picked {
  seriesName?: string;
  dataIndex: number;
  data: unknown;
}

interface Props {
  option: EChartsCoreOption;
  label: string;
  height: number;
  onPick?: (picked: Picked) => void;
}

/** A chart of the second library, which is loaded when the first of them is shown. Tooltips are drawn, never HTML. */
export default function EChart({ option, label, height, onPick }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  const pick = useRef(onPick);
  useEffect(() => {
    pick.current = onPick;
  });
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const chart = init(element, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      // What is drawn frame by frame would go on after the chart is gone.
      progressive: 0,
      textStyle: { color: palette.dim, fontFamily: "system-ui, sans-serif" },
      ...option,
      tooltip: {
        renderMode: "richText",
        backgroundColor: palette.page,
        borderColor: palette.grid,
        textStyle: { color: palette.text, fontSize: 12 },
        ...(option.tooltip as object | undefined),
      },
    });
    chart.on("click", (event) => pick.current?.({ seriesName: event.seriesName, dataIndex: event.dataIndex ?? 0, data: event.data }));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      // A picture that is drawn in steps ends here: the next step would find no canvas.
      chart.clear();
      chart.getZr().flush();
      chart.dispose();
    };
  }, [option, palette]);
  const save = () => host.current?.querySelector("canvas")?.toBlob((blob) => blob && download("candor.png", blob));
  return (
    <div style={{ position: "relative" }}>
      <div ref={host} className="chart" style={{ height }} role="img" aria-label={label} />
      <ActionIcon pos="absolute" top={0} right={0} variant="subtle" color="gray" size="sm" aria-label="Save as PNG" title="Save as PNG" onClick={save} className="no-print">
        <IconDownload size={14} />
      </ActionIcon>
    </div>
  );
}
