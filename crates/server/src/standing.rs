//! How monitors stand, as pages show it.

use candor_contract::format_us;
use candor_contract::spec::MonitorSpec;
use candor_monitor::{MonitorView, Point};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How monitors stand, for pages.
#[derive(Debug, Default)]
pub(crate) struct Watching {
    models: Mutex<BTreeMap<String, ModelStanding>>,
    /// Grows whenever something is put in force or taken out of it.
    declared: AtomicU64,
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
    /// Declared monitors that nothing can be told of: the reference has no such column, segment or outcome.
    pub(crate) not_watched: Vec<String>,
}

/// How one monitor stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct MonitorStanding {
    pub(crate) name: String,
    pub(crate) measure: String,
    pub(crate) column: Option<String>,
    pub(crate) metric: Option<String>,
    pub(crate) segment: BTreeMap<String, String>,
    /// What it declares: the spec of a `Monitor` that would do the same.
    #[schema(value_type = Object)]
    pub(crate) spec: MonitorSpec,
    /// Length of its windows in seconds.
    pub(crate) window_s: i64,
    /// `learning`, `ok`, `pending`, `firing` or `unknown`.
    pub(crate) state: &'static str,
    /// Breaches that make an alert, among so many windows that tell anything.
    pub(crate) breaches: usize,
    pub(crate) of: usize,
    /// The deviation that matters: a difference, or a ratio.
    pub(crate) material: f64,
    /// How much windows of the reference resemble the ones before.
    pub(crate) correlation: f64,
    /// Windows of the reference that the band was learnt from.
    pub(crate) reference_windows: usize,
    /// Why it told something last, or did not.
    pub(crate) why: String,
    /// The last windows, oldest first.
    pub(crate) points: Vec<PointView>,
}

/// One window of a monitor.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct PointView {
    from: String,
    to: String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: u64,
    /// The band that it was held against.
    band: Option<BandView>,
    /// After correction over the model's monitors.
    p_value: Option<f64>,
    breach: bool,
    /// What was known when the window was closed, if late rows or outcomes changed it since.
    before: Option<BeforeView>,
    /// Whether it fell into a declared maintenance, so that it tells nothing; left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suppressed: bool,
}

/// What is fine.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub(crate) struct BandView {
    low: Option<f64>,
    high: Option<f64>,
}

/// A window as it was known when it was closed.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub(crate) struct BeforeView {
    value: Option<f64>,
    n: u64,
    breach: bool,
}

impl PointView {
    pub(crate) fn of(point: &Point) -> Self {
        // An end that is not there is as far out as a float goes.
        let end = |x: f64| (x.abs() < f64::MAX).then_some(x);
        Self {
            from: format_us(point.window.from_us),
            to: format_us(point.window.to_us),
            value: point.value,
            low: point.low,
            high: point.high,
            n: point.n,
            band: point.band.map(|(low, high)| BandView {
                low: end(low),
                high: end(high),
            }),
            p_value: point.p_value,
            breach: point.breach,
            before: point.before.map(|before| BeforeView {
                value: before.value,
                n: before.n,
                breach: before.breach,
            }),
            suppressed: point.suppressed,
        }
    }
}

impl From<&MonitorView<'_>> for MonitorStanding {
    fn from(view: &MonitorView<'_>) -> Self {
        Self {
            name: view.name.to_owned(),
            measure: view.spec.measure.name().to_owned(),
            column: view.spec.column.clone(),
            metric: view.spec.metric.clone(),
            segment: view.spec.segment.clone(),
            spec: view.spec.clone(),
            window_s: view.window_us / 1_000_000,
            state: view.state.name(),
            breaches: view.needed.0,
            of: view.needed.1,
            material: view.material,
            correlation: view.correlation,
            reference_windows: view.reference_windows,
            why: candor_monitor::why(view),
            points: view.points.iter().map(PointView::of).collect(),
        }
    }
}

impl MonitorStanding {
    /// The same with so many windows.
    fn newest(&self, windows: usize) -> Self {
        let telling = self.points.iter().rev().filter(|p| p.value.is_some());
        let mut points: Vec<PointView> = telling.take(windows).cloned().collect();
        points.reverse();
        Self {
            name: self.name.clone(),
            measure: self.measure.clone(),
            column: self.column.clone(),
            metric: self.metric.clone(),
            segment: self.segment.clone(),
            spec: self.spec.clone(),
            why: self.why.clone(),
            points,
            ..*self
        }
    }
}

impl Watching {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, ModelStanding>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that something was put in force, so that it is watched within seconds.
    pub(crate) fn declare(&self) {
        self.declared.fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was put in force.
    pub(crate) fn declared(&self) -> u64 {
        self.declared.load(Ordering::Relaxed)
    }

    /// Takes how a model's monitors stand now.
    pub(crate) fn set(&self, model: String, standing: ModelStanding) {
        self.lock().insert(model, standing);
    }

    /// How a model's monitors stand, each with so many of its newest windows that tell a value, or with all; `None` if
    /// nothing of the model was read yet.
    pub(crate) fn of(&self, model: &str, newest: Option<usize>) -> Option<ModelStanding> {
        let models = self.lock();
        let whole = models.get(model)?;
        let Some(newest) = newest else {
            return Some(whole.clone());
        };
        let monitors = whole.monitors.iter().map(|monitor| monitor.newest(newest));
        Some(ModelStanding {
            monitors: monitors.collect(),
            state: whole.state,
            reference_from: whole.reference_from.clone(),
            reference_to: whole.reference_to.clone(),
            closed: whole.closed.clone(),
            not_watched: whole.not_watched.clone(),
        })
    }
}
