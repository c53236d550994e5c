//! The catalog: models, versions, schemas and specs with their history, alerts and notices, tokens and
//! settings.
//!
//! Control metadata only; it refuses to know telemetry rows, HTTP and the time of day (times are
//! parameters, in microseconds since 1970, UTC). Everything is reached through [`Catalog`].
//! Stored form: `docs/formats/catalog.md`.

mod alerts;
mod dialect;
mod drills;
mod erasures;
mod error;
mod findings;
mod models;
mod observations;
mod outbox;
mod page;
mod replays;
mod schemas;
mod settings;
mod specs;
mod store;
mod tokens;
mod versions;
mod watches;

pub use alerts::{
    AlertChange, AlertFilter, AlertRecord, AlertStep, OPEN_ALERTS_MAX, Signed, Standing,
    StoredAlert,
};
pub use drills::{DRILLS_KEPT_US, DrillRun, DrillUpdate};
pub use erasures::Erasure;
pub use error::{Error, Result};
pub use findings::{FINDINGS_MAX, PersonalFinding};
pub use models::{Model, ModelState};
pub use observations::{OBSERVATION_DAYS_MAX, StoredObservation};
pub use outbox::{Delivery, NewNotice, OutboxFigures, StoredNotice, WAITING_MAX};
pub use page::Page;
pub use schemas::SchemaRevision;
pub use specs::{Put, STOOD_MAX, SpecRevision};
pub use store::Catalog;
pub use tokens::{NewToken, Token};
pub use versions::{Sighting, Version};
pub use watches::{RouterMemory, RouterUpdate, RunStep, WatchState, WatchUpdate};

#[cfg(test)]
mod tests;
