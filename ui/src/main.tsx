import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./shell/app.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { styleNonce } from "./api/base";
import { Refusal } from "./api/client";
import { createPages } from "./router";
import { cssVariables, theme } from "./shell/theme";
import { usePrinting } from "./shell/usePrinting";

const RETRIES = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refused it refuses again; only what may pass is tried again.
      retry: (failed, error) => failed < RETRIES && !(error instanceof Refusal && error.status < 500),
    },
  },
});

const nonce = styleNonce();
// The library that keeps the page from scrolling behind a dialog asks for the nonce here.
if (nonce) setNonce(nonce);

const pages = createPages(queries);

/** Everything; on paper light, however it is on the screen. */
function App() {
  const printing = usePrinting();
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" forceColorScheme={printing ? "light" : undefined} getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" limit={3} />
      <QueryClientProvider client={queries}>
        <RouterProvider router={pages} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
