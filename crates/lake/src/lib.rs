//! The lake: Delta tables of Parquet behind a durable log.
