//! A model as monitoring sees it.

use candor_contract::spec::{
    BUILT_IN_SEGMENTS, Baseline, Measure, ModelSpec, MonitorSpec, SilenceSpec,
};
use candor_contract::{Kind, ModelName};
use candor_lake::{Grain, ProfileQuery};
use candor_monitor::{MonitorView, Setup, Wanted, maintenance_us};
use std::collections::BTreeSet;
use std::ops::Range;

/// Most profiles of one read.
const PROFILES_MAX: usize = 2_000_000;

/// The columns that are told by every segment.
pub(super) const BY_SEGMENT: [&str; 4] = ["output_class", "output_score", "output_value", "status"];
/// Columns of predictions that measures without a column of their own are of.
pub(super) const OF_ALL: [&str; 2] = ["latency_ms", "error_type"];

/// A model as monitoring sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subject {
    pub(crate) model: ModelName,
    pub(crate) spec: ModelSpec,
    /// Who answers for it.
    pub(crate) owner: Option<String>,
    /// Declared monitors of this model, by name.
    pub(crate) monitors: Vec<(String, MonitorSpec)>,
    /// Declared maintenances of this model, by name.
    pub(crate) maintenance: Vec<(String, SilenceSpec)>,
    /// Columns of its predictions and of its outcomes.
    pub(crate) columns: BTreeSet<String>,
    pub(crate) outcome_columns: BTreeSet<String>,
    /// Its segments, without their prefix.
    pub(crate) segments: Vec<String>,
    /// What its windows are compared with.
    pub(crate) reference: Range<i64>,
    /// How its outcomes come, if they do.
    pub(crate) labels: Option<Labels>,
}

/// How outcomes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Labels {
    /// So long after their prediction come 95 of 100.
    pub(crate) delay_us: i64,
    /// Length of the windows of performance.
    pub(crate) length_us: i64,
}

impl Subject {
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// A question for its profiles, of all columns and rows.
    pub(crate) fn profiles(&self, kind: Kind, grain: Grain, range: Range<i64>) -> ProfileQuery {
        ProfileQuery {
            model: self.model.clone(),
            kind,
            grain,
            from_us: range.start,
            to_us: range.end,
            column: None,
            segment: None,
            limit: PROFILES_MAX,
        }
    }

    /// What of its performance is told.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted::new(&self.spec, self.monitors.iter().map(|(_, m)| m))
    }

    /// The built-in segments that its monitors tell apart, and the columns of which they do.
    pub(crate) fn apart(&self) -> (BTreeSet<&'static str>, BTreeSet<&str>) {
        let (mut names, mut columns) = (BTreeSet::new(), BTreeSet::new());
        for (_, monitor) in &self.monitors {
            let rival = matches!(monitor.baseline, Baseline::Version(_)).then_some("version");
            let own = BUILT_IN_SEGMENTS.into_iter();
            let own = own.filter(|name| monitor.segment.contains_key(*name) || rival == Some(name));
            let before = names.len();
            names.extend(own.clone());
            if names.len() > before || own.count() > 0 {
                columns.extend(monitor.column.as_deref());
            }
        }
        (names, columns)
    }

    /// The columns that are read by each of its segments: those that are always, and what declared monitors look at.
    pub(crate) fn by_segment(&self) -> BTreeSet<(&str, &str)> {
        let always = self
            .segments
            .iter()
            .flat_map(|segment| BY_SEGMENT.map(|column| (segment.as_str(), column)));
        let declared = self.monitors.iter().flat_map(|(_, monitor)| {
            let own = monitor.segment.keys().map(String::as_str);
            own.filter(|name| self.segments.iter().any(|s| s == name))
                .flat_map(|name| {
                    let columns = monitor.column.as_deref().into_iter().chain(OF_ALL);
                    columns.map(move |column| (name, column))
                })
        });
        always
            .chain(declared)
            .filter(|(_, column)| self.has(column))
            .collect()
    }

    /// Declared monitors that are not among those that watch: the reference has nothing to hold them against.
    pub(crate) fn not_watched(&self, watching: &[MonitorView<'_>]) -> Vec<String> {
        let names = self.monitors.iter().map(|(name, _)| name);
        names
            .filter(|name| watching.iter().all(|view| view.name != name.as_str()))
            .cloned()
            .collect()
    }

    /// Whether a declared monitor looks at outcomes, or at what those of the reference taught.
    pub(crate) fn has_outcome_monitors(&self) -> bool {
        let mut monitors = self.monitors.iter();
        monitors
            .any(|(_, m)| is_of_outcomes(m.measure) || m.measure == Measure::EstimatedPerformance)
    }

    /// Whether a business effect is watched.
    pub(crate) fn has_effects(&self) -> bool {
        let mut monitors = self.monitors.iter();
        monitors.any(|(_, m)| m.measure == Measure::Effect)
    }

    pub(crate) fn setup(&self, pack: bool) -> Setup {
        Setup {
            model: self.model.as_str().to_owned(),
            spec: self.spec.clone(),
            monitors: self.monitors.clone(),
            pack,
            owner: self.owner.clone(),
            maintenance: self.maintenance.clone(),
        }
    }

    /// Whether an engine that learnt for `old` only has to be told of maintenances to be one for this: nothing else
    /// differs, and none of those that do falls into the reference, from which it learnt.
    pub(crate) fn differs_in_maintenance(&self, old: &Subject) -> bool {
        let learnt = |subject: &Subject| -> Vec<(String, SilenceSpec)> {
            let all = subject.maintenance.iter().filter(|(_, silence)| {
                maintenance_us(silence).is_some_and(|us| {
                    us.start < self.reference.end && self.reference.start < us.end
                })
            });
            all.cloned().collect()
        };
        let same = Subject {
            maintenance: old.maintenance.clone(),
            ..self.clone()
        };
        same == *old && learnt(self) == learnt(old)
    }
}

/// Whether a measure needs predictions joined with their outcomes.
pub(crate) const fn is_of_outcomes(measure: Measure) -> bool {
    matches!(
        measure,
        Measure::Performance | Measure::Labels | Measure::LabelDelay
    )
}
