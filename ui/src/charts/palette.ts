/**
 * Colours of charts and states. Checked against white and the dark page for contrast (3:1 and more) and for three
 * kinds of colour blindness. Reference is grey and dashed, current is blue; the breach colour is never a series.
 */
export interface Palette {
  current: string;
  reference: string;
  breach: string;
  watch: string;
  text: string;
  dim: string;
  grid: string;
  page: string;
  band: string;
  series: readonly string[];
  /** From nothing to much, one hue. */
  heat: readonly string[];
}

export const LIGHT: Palette = {
  current: "#0c4cd5",
  reference: "#6b7280",
  breach: "#a92d03",
  watch: "#7a5f00",
  text: "#1a1b1e",
  dim: "#5c6370",
  grid: "#e6e8eb",
  page: "#ffffff",
  band: "rgba(107,114,128,0.16)",
  series: ["#0c4cd5", "#b48e06", "#0a7d4e", "#ab428a", "#3c94f9"],
  heat: ["#eef3fd", "#c3d4f8", "#8fb0f1", "#4f80e6", "#0c4cd5", "#062a78"],
};

export const DARK: Palette = {
  current: "#56a5f5",
  reference: "#9aa1ab",
  breach: "#f0824a",
  watch: "#e6b034",
  text: "#e6e7ea",
  dim: "#a3a9b3",
  grid: "#33363c",
  page: "#1a1b1e",
  band: "rgba(154,161,171,0.20)",
  series: ["#56a5f5", "#e69f00", "#2bb98c", "#d98fbd", "#8ec8f5"],
  heat: ["#22262e", "#22406b", "#2b5fa3", "#3c84d6", "#6fb0f7", "#cfe5ff"],
};
