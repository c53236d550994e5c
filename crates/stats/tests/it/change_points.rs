//! Change points against annotated series.
