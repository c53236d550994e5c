//! What backs an alert: where it is worst, and which rows show it.
//!
//! The same figure as the monitor's, of the values of each segment, in the alert's time and in the reference. A
//! part is the worse, the more it moved than the rest of its segment's rows: what moved everywhere is no part's
//! trouble.

mod parts;

pub use parts::Parts;

use crate::alert::Symptom;
use crate::decide::{least, measured, sides};
use crate::gauge::{Gauge, Gauged, Showing};
use crate::reading::{Part, Reading};
use crate::window::{DAY_US, HOUR_US, Window};
use candor_contract::spec::{Measure, ModelSpec, MonitorSpec, Scale, Sides};
use candor_stats::Figure;
use candor_stats::law::normal_quantile;

/// Parts of fewer rows have no figure, so that none is of a few people.
pub const PART_ROWS_MIN: u64 = 30;
/// Parts that are told.
pub const WORST_MAX: usize = 10;
/// Time that evidence looks at, of an alert and of a reference: the newest.
pub const EVIDENCE_US: i64 = 7 * DAY_US;
/// The value of a segment that stands for those that are not kept apart: of other rows now than then.
const OTHER: &str = "other";

/// A figure now and in the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// In the alert's time; of the volume, predictions a day.
    pub now: Figure,
    /// In the reference; `None` if that has too little of it.
    pub reference: Option<Figure>,
}

/// A part of the rows: those with one value of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstPart {
    /// The segment and its value.
    pub part: Part,
    /// Its figures.
    pub figures: Compared,
    /// How much more it moved than the rest of the segment's rows: a difference, or a ratio of measures that
    /// count by ratio. Without a figure in the reference it is held against that of all rows.
    pub excess: f64,
    /// Whether chance does not explain that, all parts considered; of drift, whether it matters.
    pub apart: bool,
}

/// Where a monitor's figure moved most.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    /// Figures of all rows.
    pub whole: Compared,
    /// The worst parts first: by how much more they moved than the rest for certain.
    pub parts: Vec<WorstPart>,
    /// Parts that are left out, since they have fewer than [`Worst::rows_min`] rows.
    pub suppressed: usize,
    /// Rows from which on a part has a figure.
    pub rows_min: u64,
}

/// The time that the evidence of a symptom is of: from its onset to its end, or to the last window that was
/// closed at `closed_us` (of performance, the last whose outcomes are known); at most the last [`EVIDENCE_US`] of it.
pub fn evidence_window(symptom: &Symptom, closed_us: i64) -> Window {
    let mut points = symptom.points.iter().rev();
    let known = match (symptom.over_us, symptom.measure) {
        // Windows that were calm again show nothing.
        (Some(over_us), _) => points
            .find(|p| p.breach)
            .map_or(over_us, |p| p.window.to_us),
        // Outcomes come later than predictions.
        (None, Measure::Performance) => points
            .find(|p| p.value.is_some())
            .map_or(closed_us, |p| p.window.to_us.max(closed_us)),
        (None, _) => closed_us,
    };
    let to_us = match known > symptom.onset_us {
        true => known,
        false => symptom.sustained_us.max(symptom.onset_us + HOUR_US),
    };
    Window {
        from_us: symptom.onset_us.max(to_us - EVIDENCE_US),
        to_us,
    }
}

/// The monitor behind a symptom: the declared one of its name, else as the symptom tells it.
pub fn monitor_of(
    symptom: &Symptom,
    model: &str,
    declared: &[(String, MonitorSpec)],
) -> MonitorSpec {
    let named = declared.iter().find(|(name, _)| *name == symptom.monitor);
    if let Some((_, spec)) = named.filter(|(_, spec)| spec.measure == symptom.measure) {
        return spec.clone();
    }
    MonitorSpec {
        column: symptom.column.clone(),
        metric: symptom.metric.clone(),
        segment: symptom.segment.clone(),
        ..MonitorSpec::of(model, symptom.measure)
    }
}

/// Stored columns of predictions whose profiles tell a monitor's figure, besides one that all rows have. None of
/// measures that need other rows.
pub fn profiled_columns(spec: &MonitorSpec) -> Vec<String> {
    let of = |columns: &[&str]| columns.iter().map(|c| (*c).to_owned()).collect();
    match spec.measure {
        Measure::Errors => of(&["status", "error_type"]),
        Measure::LatencyP50 | Measure::LatencyP95 | Measure::LatencyP99 => {
            of(&[spec.column.as_deref().unwrap_or("latency_ms")])
        }
        Measure::Fairness => of(&["output_class"]),
        Measure::Volume
        | Measure::Complaints
        | Measure::Feedback
        | Measure::Freshness
        | Measure::Performance
        | Measure::Labels
        | Measure::LabelDelay
        | Measure::Effect
        | Measure::EstimatedPerformance
        | Measure::Reconstruction
        | Measure::DomainAuc => Vec::new(),
        Measure::Missing
        | Measure::Unseen
        | Measure::Range
        | Measure::Drift
        | Measure::Mean
        | Measure::Mode => match spec.column.as_deref() {
            // Requests that failed have no output.
            Some(column) if column.starts_with("output_") => of(&[column, "status"]),
            Some(column) => of(&[column]),
            None => Vec::new(),
        },
    }
}

/// Which rows show a monitor's trouble: of its own segment, if it has one. `None` if no row can.
pub fn rows_that_show(
    spec: &MonitorSpec,
    model: &ModelSpec,
    reference: &Parts,
    now: &Parts,
) -> Option<Showing> {
    let part = spec.segment.iter().next();
    let part = part.map(|(name, value)| (name.clone(), value.clone()));
    let own = |parts: &'_ Parts| -> Reading {
        let own = part.as_ref().and_then(|part| parts.own(part));
        own.unwrap_or_else(|| parts.whole()).clone()
    };
    let (reference, now) = (own(reference), own(now));
    let spec = everywhere(spec);
    // A column that is new, or whose reference is gone, still has rows without a value, slow ones and so on.
    let gauge = Gauge::new(&spec, model, &reference).or_else(|| Gauge::new(&spec, model, &now))?;
    gauge.showing(&reference, &now)
}

/// Where a monitor's figure moved most, over the values of all segments.
pub fn worst(spec: &MonitorSpec, model: &ModelSpec, reference: &Parts, now: &Parts) -> Worst {
    let lens = Lens::new(spec, model, reference);
    let whole = lens.look(now.whole(), None);
    let mut suppressed = 0;
    let mut seen = Vec::new();
    for (part, own) in now.parts(reference) {
        if part.1 == OTHER || (spec.measure == Measure::Fairness && !lens.is_group(&part)) {
            continue;
        }
        let looked = lens.look(own, Some(&part));
        if looked.rows < lens.rows_min {
            suppressed += 1;
            continue;
        }
        let rest = now.rest(&part).map(|rest| lens.look_at_rest(rest, &part));
        if let Some(excess) = rest.and_then(|rest| looked.beyond(&rest)) {
            seen.push((part, looked, excess));
        }
    }
    let way = lens.way(&whole);
    let certain = normal_quantile(1.0 - 0.025 / seen.len().max(1) as f64);
    let tested = 0.05 / seen.len().max(1) as f64;
    let mut ranked: Vec<(f64, WorstPart)> = seen
        .into_iter()
        .map(|(part, looked, (excess, error))| {
            let bad = way.map_or(excess.abs(), |way| way * excess);
            let surely = bad - lens.margin(&looked, error, certain);
            let significant = looked.now.p_value.is_none_or(|p| p <= tested);
            let told = WorstPart {
                part,
                excess: lens.unscaled(excess),
                apart: surely > 0.0 && significant,
                figures: looked.figures(),
            };
            (surely, told)
        })
        .collect();
    ranked.sort_by(|(a, one), (b, two)| b.total_cmp(a).then_with(|| one.part.cmp(&two.part)));
    Worst {
        whole: whole.figures(),
        parts: ranked.into_iter().take(WORST_MAX).map(|(_, p)| p).collect(),
        suppressed,
        rows_min: lens.rows_min,
    }
}

/// The monitor for rows of any segment.
fn everywhere(spec: &MonitorSpec) -> MonitorSpec {
    MonitorSpec {
        segment: std::collections::BTreeMap::new(),
        ..spec.clone()
    }
}

/// A monitor's measure, for any part of the rows.
struct Lens<'a> {
    spec: MonitorSpec,
    model: &'a ModelSpec,
    reference: &'a Parts,
    rows_min: u64,
}

/// What is seen of a part.
struct Looked {
    now: Gauged,
    /// Of the part itself, or else of all rows.
    reference: Option<Gauged>,
    /// Whether the part has a reference of its own.
    own_reference: bool,
    scale: Scale,
    /// Rows that the figure rests on.
    rows: u64,
}

impl<'a> Lens<'a> {
    fn new(spec: &MonitorSpec, model: &'a ModelSpec, reference: &'a Parts) -> Self {
        let needed = spec.min_rows.unwrap_or(spec.measure.about().min_rows);
        let rows_min = needed.max(PART_ROWS_MIN);
        let mut spec = everywhere(spec);
        // Parts that send nothing any more are what a fall of the volume is about.
        spec.min_rows = Some(match spec.measure {
            Measure::Volume => 0,
            _ => rows_min,
        });
        Self {
            spec,
            model,
            reference,
            rows_min,
        }
    }

    /// Whether a part is one of the groups that fairness compares.
    fn is_group(&self, part: &Part) -> bool {
        self.spec.column.as_deref() == Some(part.0.as_str())
    }

    fn look(&self, now: &Reading, part: Option<&Part>) -> Looked {
        let own = match part {
            Some(part) => self.reference.own(part),
            None => Some(self.reference.whole()),
        };
        self.compared(now, own)
    }

    fn look_at_rest(&self, now: &Reading, part: &Part) -> Looked {
        self.compared(now, self.reference.rest(part))
    }

    fn compared(&self, now: &Reading, own: Option<&Reading>) -> Looked {
        let told = |before: &Reading| {
            let gauge = Gauge::new(&self.spec, self.model, before)?;
            let figure = self.read(&gauge, before);
            let enough = self.spec.measure != Measure::Volume || figure.figure.n >= self.rows_min;
            (figure.figure.is_ok() && enough).then_some((gauge, figure))
        };
        let own = own.and_then(told);
        let own_reference = own.is_some();
        let held = own.or_else(|| told(self.reference.whole()));
        let (now, reference) = match held {
            Some((gauge, figure)) => (self.read(&gauge, now), Some(figure)),
            None => {
                let nothing = Figure::undefined("the reference has nothing of it", 0, "");
                (nothing.into(), None)
            }
        };
        let rows = match (self.spec.measure, &reference) {
            (Measure::Volume, Some(before)) => now.figure.n.max(before.figure.n),
            _ => now.figure.n,
        };
        Looked {
            now,
            reference,
            own_reference,
            scale: self.spec.measure.about().scale,
            rows,
        }
    }

    fn read(&self, gauge: &Gauge, reading: &Reading) -> Gauged {
        match self.spec.measure {
            Measure::Volume => daily(gauge.read(reading), reading.window),
            Measure::Fairness => gauge.rate(&reading.columns).into(),
            _ => gauge.read(reading),
        }
    }

    /// The way in which the figure got worse: 1 for up, −1 for down. `None` if either is.
    fn way(&self, whole: &Looked) -> Option<f64> {
        match (self.spec.measure, sides(&self.spec)) {
            (Measure::Fairness, _) => None,
            (_, Sides::Above) => Some(1.0),
            (_, Sides::Below) => Some(-1.0),
            (_, Sides::Both) => whole.moved().map(|(moved, _)| moved.signum()),
        }
    }

    /// What an excess must be beyond: what chance explains, or what matters where an interval is not known.
    fn margin(&self, looked: &Looked, error: f64, certain: f64) -> f64 {
        if looked.now.figure.low.is_some() {
            return certain * error;
        }
        let level = looked.reference.as_ref().and_then(|r| r.figure.value);
        least(&self.spec, level.unwrap_or(0.0))
    }

    fn unscaled(&self, excess: f64) -> f64 {
        match self.spec.measure.about().scale {
            Scale::Linear => excess,
            Scale::Log => excess.exp(),
        }
    }
}

impl Looked {
    /// How far it moved from the reference, on the measure's scale, and the standard error of that.
    fn moved(&self) -> Option<(f64, f64)> {
        let (value, error) = measured(self.scale, &self.now)?;
        let (before, its_error) = measured(self.scale, self.reference.as_ref()?)?;
        Some((value - before, error.hypot(its_error)))
    }

    /// How much further it moved than the rest, and the standard error of that.
    fn beyond(&self, rest: &Looked) -> Option<(f64, f64)> {
        let (own, error) = self.moved()?;
        let (others, their_error) = rest.moved()?;
        Some((own - others, error.hypot(their_error)))
    }

    fn figures(self) -> Compared {
        let reference = self.reference.filter(|_| self.own_reference);
        Compared {
            now: self.now.figure,
            reference: reference.map(|r| r.figure),
        }
    }
}

/// A count as one a day: alerts and references last differently long.
fn daily(gauged: Gauged, window: Window) -> Gauged {
    let days = (window.length_us() as f64 / DAY_US as f64).max(f64::MIN_POSITIVE);
    let each = |x: Option<f64>| x.map(|x| x / days);
    let figure = gauged.figure;
    Gauged {
        figure: Figure {
            value: each(figure.value),
            low: each(figure.low),
            high: each(figure.high),
            ..figure
        },
        ..gauged
    }
}

#[cfg(test)]
mod tests;
