import type { SavedQuery } from "./saved";

/** Statements to begin with; each works on any installation. */
export const STARTERS: readonly SavedQuery[] = [
  {
    name: "Predictions by model and day",
    sql: "SELECT date_trunc('day', time) AS day, model, count(*) AS predictions\nFROM predictions\nGROUP BY 1, 2\nORDER BY 1, 2",
  },
  {
    name: "Slowest predictions",
    sql: "SELECT time, model, id, latency_ms\nFROM predictions\nWHERE latency_ms IS NOT NULL\nORDER BY latency_ms DESC\nLIMIT 100",
  },
  {
    name: "Latency by hour of the day",
    sql: "SELECT date_part('hour', time) AS hour,\n  approx_percentile_cont(latency_ms, 0.5) AS median_ms,\n  approx_percentile_cont(latency_ms, 0.95) AS p95_ms\nFROM predictions\nGROUP BY 1\nORDER BY 1",
  },
  {
    name: "What changed",
    sql: "SELECT *\nFROM changes\nORDER BY time DESC\nLIMIT 200",
  },
  {
    name: "All tables",
    sql: "SELECT table_schema, table_name, count(*) AS columns\nFROM information_schema.columns\nGROUP BY 1, 2\nORDER BY 1, 2",
  },
];
