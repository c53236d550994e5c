import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { model as modelQuery, modelSpec } from "../../api/queries";
import { outcomesSql } from "../../api/outcomes";
import { ask, during, literal, records, tableOf } from "../../api/sql";
import { LazyChart } from "../../charts/LazyChart";
import { usePalette } from "../../charts/usePalette";
import { Asked, Empty } from "../../kit/Asked";
import { QueryLink } from "../../kit/QueryLink";
import { useTime } from "../../time/useTime";
import { count, percent } from "../../words/numbers";
import { type Bin, wilson } from "./calibration";
import { positiveClass } from "./positive";

const BIN_ROWS_MIN = 30;

/** Of what was said to be likely, how much came true. Of models that answer yes or no. */
export function Calibration({ name }: { name: string }) {
  const { range } = useTime();
  const known = useQuery(modelQuery(name));
  const spec = useQuery(modelSpec(name));
  const binary = known.data?.task === "binary";
  const positive = positiveClass(spec.data?.object);
  const sql = `SELECT least(floor(p.output_score * 10), 9) AS bin, count(*) AS n, avg(p.output_score) AS said, avg(CASE WHEN o.class = ${literal(positive)} THEN 1.0 ELSE 0.0 END) AS came FROM ${tableOf(name, "predictions")} p JOIN ${outcomesSql(name, range, ["class"])} o ON o.prediction_id = p.id WHERE ${during(range, "p.time")} AND p.output_score IS NOT NULL GROUP BY 1 ORDER BY 1`;
  const asked = useQuery({
    queryKey: ["calibration", sql],
    enabled: binary && spec.isSuccess,
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }): Promise<Bin[]> => {
      const rows = records(await ask(sql, { signal }));
      return rows.map((row) => ({ n: Number(row.n), said: Number(row.said), came: Number(row.came) }));
    },
  });
  if (!binary) return null;
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>Of what was said to be likely, how much came true?</Title>
        <Asked query={asked} height={280}>
          {(bins) => {
            const shown = bins.filter((b) => b.n >= BIN_ROWS_MIN);
            if (shown.length === 0) return <Empty title="No outcomes of predictions of this time yet">They come later: choose an earlier or a longer time above.</Empty>;
            return (
              <>
                <Text size="sm">
                  Dots on the dashed line would be perfect. {count(bins.reduce((s, b) => s + b.n, 0))} predictions of this time have an outcome.
                  {shown.length < bins.length ? ` Dots of fewer than ${BIN_ROWS_MIN} are not shown.` : ""}
                </Text>
                <Dots bins={shown} />
                <QueryLink sql={sql} />
              </>
            );
          }}
        </Asked>
      </Stack>
    </Paper>
  );
}

function Dots({ bins }: { bins: Bin[] }) {
  const palette = usePalette();
  const option = useMemo(() => {
    const axis = { type: "value", min: 0, max: 1, axisLabel: { color: palette.dim, formatter: (v: number) => percent(v) }, splitLine: { lineStyle: { color: palette.grid } }, nameLocation: "middle", nameTextStyle: { color: palette.dim } };
    return {
      grid: { left: 62, right: 16, top: 12, bottom: 44 },
      tooltip: {
        formatter: (told: { dataIndex: number; seriesType: string }) => {
          const bin = bins[told.dataIndex];
          if (told.seriesType !== "scatter" || !bin) return "";
          const [low, high] = wilson(bin.came, bin.n);
          return `said ${percent(bin.said)}\ncame true ${percent(bin.came)} [${percent(low)}, ${percent(high)}]\nn = ${bin.n.toLocaleString("en")}`;
        },
      },
      xAxis: { ...axis, name: "said", nameGap: 28 },
      yAxis: { ...axis, name: "came true", nameGap: 46 },
      series: [
        { type: "line", data: [[0, 0], [1, 1]], symbol: "none", silent: true, lineStyle: { type: "dashed", color: palette.reference, width: 1.5 } },
        ...bins.map((bin) => {
          const [low, high] = wilson(bin.came, bin.n);
          return { type: "line", data: [[bin.said, low], [bin.said, high]], symbol: "none", silent: true, lineStyle: { color: palette.current, width: 1.5 } };
        }),
        { type: "scatter", data: bins.map((b) => [b.said, b.came]), symbolSize: 9, itemStyle: { color: palette.current } },
      ],
    };
  }, [bins, palette]);
  const spoken = bins.map((b) => `${percent(b.said)} said, ${percent(b.came)} came true`).join("; ");
  return <LazyChart option={option} height={320} label={`Calibration: ${spoken}`} />;
}
