//! The durable log: append, sync, replay, trim.
