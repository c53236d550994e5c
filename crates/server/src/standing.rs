//! How monitors stand, as pages show it.

use candor_contract::format_us;
use candor_monitor::MonitorView;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How monitors stand, for pages.
#[derive(Debug, Default)]
pub(crate) struct Watching {
    models: Mutex<BTreeMap<String, ModelStanding>>,
}

/// How a model's monitors stand.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct ModelStanding {
    /// `learning` until the reference is complete, then `watching`.
    pub(crate) state: &'static str,
    /// The reference, RFC 3339.
    pub(crate) reference_from: String,
    pub(crate) reference_to: String,
    /// Up to when windows are closed.
    pub(crate) closed: Option<String>,
    /// Its monitors.
    pub(crate) monitors: Vec<MonitorStanding>,
}

/// How one monitor stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct MonitorStanding {
    pub(crate) name: String,
    pub(crate) measure: String,
    pub(crate) column: Option<String>,
    pub(crate) metric: Option<String>,
    pub(crate) segment: BTreeMap<String, String>,
    /// Length of its windows in seconds.
    pub(crate) window_s: i64,
    /// `learning`, `ok`, `pending`, `firing` or `unknown`.
    pub(crate) state: &'static str,
    /// Breaches that make an alert, among so many windows that tell anything.
    pub(crate) breaches: usize,
    pub(crate) of: usize,
    /// How much windows of the reference resemble the ones before.
    pub(crate) correlation: f64,
    /// Windows of the reference that the band was learnt from.
    pub(crate) reference_windows: usize,
    /// Why it told something last, or did not.
    pub(crate) why: String,
    /// The last windows, oldest first.
    #[schema(value_type = Vec<Object>)]
    pub(crate) points: Vec<PointView>,
}

/// One window of a monitor.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PointView {
    from: String,
    to: String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: u64,
    band_low: Option<f64>,
    band_high: Option<f64>,
    p_value: Option<f64>,
    breach: bool,
    /// What was known when the window was closed, if late rows changed it since.
    before: Option<candor_monitor::Before>,
}

impl From<&MonitorView<'_>> for MonitorStanding {
    fn from(view: &MonitorView<'_>) -> Self {
        let points = view.points.iter().map(|p| PointView {
            from: format_us(p.window.from_us),
            to: format_us(p.window.to_us),
            value: p.value,
            low: p.low,
            high: p.high,
            n: p.n,
            band_low: p.band.map(|b| b.0),
            band_high: p.band.map(|b| b.1),
            p_value: p.p_value,
            breach: p.breach,
            before: p.before,
        });
        Self {
            name: view.name.to_owned(),
            measure: view.spec.measure.name().to_owned(),
            column: view.spec.column.clone(),
            metric: view.spec.metric.clone(),
            segment: view.spec.segment.clone(),
            window_s: view.window_us / 1_000_000,
            state: view.state.name(),
            breaches: view.needed.0,
            of: view.needed.1,
            correlation: view.correlation,
            reference_windows: view.reference_windows,
            why: candor_monitor::why(view),
            points: points.collect(),
        }
    }
}

impl Watching {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, ModelStanding>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes how a model's monitors stand now.
    pub(crate) fn set(&self, model: String, standing: ModelStanding) {
        self.lock().insert(model, standing);
    }

    /// How a model's monitors stand; `None` if nothing of it was read yet.
    pub(crate) fn of(&self, model: &str) -> Option<ModelStanding> {
        self.lock().get(model).cloned()
    }
}
