//! What every door shares.

use crate::clock::SteadyClock;
use crate::erasure::Erasures;
use crate::exposition::Exposed;
use crate::findings::Findings;
use crate::identity::Identity;
use crate::intake::Intake;
use crate::keyring::KeyRing;
use crate::notify::Notifier;
use crate::registry::Registry;
use crate::rehearsing::Rehearsing;
use crate::sql::SqlPool;
use crate::standing::Watching;
use candor_catalog::Catalog;
use candor_lake::Lake;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::{Semaphore, broadcast};

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
    /// Delivers notices.
    pub(crate) notifier: Arc<Notifier>,
    /// How monitors stand.
    pub(crate) watching: Watching,
    /// How much of what is dear goes on at once.
    pub(crate) turns: Turns,
    /// Time between two looks for rows that came late, microseconds.
    pub(crate) late_us: i64,
    /// Which drill is rehearsed, and which ones are asked for.
    pub(crate) rehearsing: Rehearsing,
    /// Monitored figures for Prometheus.
    pub(crate) exposed: Exposed,
    /// Alerts as they change, for those who watch the stream.
    pub(crate) alerts: broadcast::Sender<AlertTold>,
}

/// Turns for what is dear.
pub(crate) struct Turns {
    /// Runs over history: each holds two weeks of a model's telemetry.
    pub(crate) backtests: Semaphore,
    /// Alerts that are looked into.
    pub(crate) evidence: Semaphore,
    /// Runs of the observer that were asked for.
    pub(crate) observing: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            backtests: Semaphore::new(2),
            evidence: Semaphore::new(2),
            observing: Semaphore::new(1),
        }
    }
}

/// Changes of alerts that a slow listener may be behind.
pub(crate) const ALERTS_BEHIND: usize = 256;

/// A change of an alert.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AlertTold {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) step: String,
    pub(crate) state: String,
    pub(crate) severity: String,
    pub(crate) cause: String,
    pub(crate) at: String,
}

impl From<&candor_monitor::Transition> for AlertTold {
    fn from(transition: &candor_monitor::Transition) -> Self {
        let alert = &transition.alert;
        let step = serde_json::to_value(transition.step).unwrap_or_default();
        Self {
            id: alert.id.clone(),
            model: alert.model.clone(),
            step: step.as_str().unwrap_or_default().to_owned(),
            state: alert.state.name().to_owned(),
            severity: alert.severity.name().to_owned(),
            cause: alert.cause.clone(),
            at: candor_contract::format_us(transition.at_us),
        }
    }
}
