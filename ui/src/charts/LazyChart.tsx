import { Skeleton } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";

const EChart = lazy(() => import("./EChart"));

/** A chart whose library is loaded when it is shown. */
export function LazyChart(props: ComponentProps<typeof EChart>) {
  return (
    <Suspense fallback={<Skeleton height={props.height} />}>
      <EChart {...props} />
    </Suspense>
  );
}
