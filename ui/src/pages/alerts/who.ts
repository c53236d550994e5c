import { useLocalStorage } from "@mantine/hooks";

/** Who signs what is said of alerts on this browser; the server asks for a name. */
export function useWho() {
  return useLocalStorage({ key: "candor.who", defaultValue: "", getInitialValueInEffect: false });
}
