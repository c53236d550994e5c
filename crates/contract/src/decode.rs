//! Decoders: from the bytes of one format straight into typed columns.

pub(crate) mod columnar;
pub(crate) mod csv;
pub(crate) mod flat;
pub(crate) mod json;
pub(crate) mod redact;
