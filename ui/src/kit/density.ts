import { useLocalStorage } from "@mantine/hooks";

export const DENSITIES = ["compact", "normal", "roomy"] as const;
export type Density = (typeof DENSITIES)[number];

/** How close rows of tables stand; remembered by the browser. */
export function useDensity() {
  return useLocalStorage<Density>({ key: "candor.density", defaultValue: "normal", getInitialValueInEffect: false });
}
