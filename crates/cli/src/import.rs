//! History from files: how rows become events, and how far an import got.

pub(crate) mod columns;
pub(crate) mod journal;
