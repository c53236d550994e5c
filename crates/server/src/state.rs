//! What every door shares.

use crate::clock::SteadyClock;
use crate::erasure::Erasures;
use crate::findings::Findings;
use crate::identity::Identity;
use crate::intake::Intake;
use crate::keyring::KeyRing;
use crate::registry::Registry;
use crate::sql::SqlPool;
use candor_catalog::Catalog;
use candor_lake::Lake;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Handles to everything. The HTTP framework clones it several times a request.
pub(crate) type State = Arc<Shared>;

/// What [`State`] points to.
pub(crate) struct Shared {
    pub(crate) intake: Intake,
    pub(crate) lake: Lake,
    pub(crate) catalog: Catalog,
    pub(crate) registry: Arc<Registry>,
    pub(crate) findings: Arc<Findings>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) erasures: Erasures,
    pub(crate) sql: Arc<SqlPool>,
    pub(crate) identity: Arc<Identity>,
    /// Whether the server takes requests; false while it starts and stops.
    pub(crate) ready: Arc<AtomicBool>,
    /// The time that storage ages by.
    pub(crate) clock: Arc<SteadyClock>,
}
