import { createTheme, type CSSVariablesResolver } from "@mantine/core";
import { DARK, LIGHT, type Palette } from "../charts/palette";

export const theme = createTheme({
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
  primaryColor: "candor",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  colors: {
    candor: [
      "#edf2fe", "#d6e2fb", "#adc5f6", "#82a7f0", "#5b8dea", "#3f78e3", "#2463dc", "#0c4cd5", "#083ba8", "#062a78",
    ],
  },
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.4rem" }, h2: { fontSize: "1.1rem" }, h3: { fontSize: "0.98rem" } } },
});

const variables = (palette: Palette) => ({
  "--current": palette.current,
  "--reference": palette.reference,
  "--breach": palette.breach,
  "--watch": palette.watch,
  "--dim": palette.dim,
  "--grid": palette.grid,
  "--mantine-color-dimmed": palette.dim,
  "--mantine-color-placeholder": palette.dim,
  "--mantine-color-body": palette.page,
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: variables(LIGHT),
  dark: variables(DARK),
});
