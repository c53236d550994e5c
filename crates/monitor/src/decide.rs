//! Whether a window is a breach: figure against baseline.

use crate::alert::Point;
use crate::baseline::Level;
use crate::gauge::Gauged;
use crate::window::Window;
use candor_contract::spec::{DecisionRule, Measure, MonitorSpec, Scale, Sides};
use candor_stats::law::normal_quantile;
use candor_stats::performance::{Better, Unit, metric};

/// Of called breaches at one time, the share that is expected to be none.
pub(crate) const FALSE_SHARE: f64 = 0.05;
/// A window is calm below this part of what would matter.
const CALM: f64 = 0.6;
/// Larger deviations are told as this.
const SIZE_MAX: f64 = 1e6;
/// A gross deviation is at least so many times what matters.
const GROSS: f64 = 2.0;
/// Of metrics that are not shares: the part of the level from which on a change matters.
pub(crate) const RELATIVE: f64 = 0.1;
/// The same of what all inputs tell together, of which one may be in trouble.
const TOGETHER: f64 = 0.05;

/// What a window meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    /// Out of bounds.
    Breach,
    /// Neither.
    Between,
    /// As it should be.
    Calm,
    /// Too few rows, or nothing to hold it against.
    Unknown,
}

/// A window before all monitors of its model are decided on together.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) point: Point,
    /// Whether it is out and matters, its significance aside.
    pub(crate) out: bool,
    /// Whether it lies twice as far out as the band reaches.
    pub(crate) gross: bool,
    /// Whether it is far from mattering.
    pub(crate) calm: bool,
    /// How large the deviation is, in parts of what matters.
    pub(crate) size: f64,
    /// The value where nothing is wrong.
    pub(crate) usual: f64,
    /// Deviation in standard deviations, for control charts.
    pub(crate) z: f64,
}

/// Which side is bad.
pub(crate) fn sides(spec: &MonitorSpec) -> Sides {
    let of_metric = matches!(
        spec.measure,
        Measure::Performance | Measure::EstimatedPerformance
    );
    if !of_metric {
        return spec.measure.about().sides;
    }
    let name = spec.metric.as_deref().unwrap_or_default();
    match (metric(name).map(|m| m.better), name) {
        (Some(Better::Higher), _) => Sides::Below,
        (Some(Better::Lower), _) | (None, "ece" | "mce") => Sides::Above,
        _ => Sides::Both,
    }
}

/// The deviation from which on one matters.
pub(crate) fn material(spec: &MonitorSpec, level: f64) -> f64 {
    if let Some(material) = spec.material {
        return material;
    }
    let of_metric = || metric(spec.metric.as_deref()?).map(|m| m.unit);
    match spec.measure {
        Measure::Freshness => level.max(1.0),
        Measure::Effect => RELATIVE * level.abs(),
        Measure::Reconstruction => TOGETHER * level.abs(),
        Measure::Performance | Measure::EstimatedPerformance
            if matches!(of_metric(), Some(Unit::Outcome | Unit::OutcomeSquared)) =>
        {
            RELATIVE * level.abs()
        }
        measure => measure.about().material,
    }
}

/// The same on the scale on which deviations are counted.
pub(crate) fn least(spec: &MonitorSpec, level: f64) -> f64 {
    let material = material(spec, level);
    match spec.measure.about().scale {
        Scale::Linear => material,
        Scale::Log => material.max(1.0 + 1e-9).ln(),
    }
}

/// The value on the scale on which deviations are counted.
pub(crate) fn scaled(scale: Scale, x: f64) -> f64 {
    match scale {
        Scale::Linear => x,
        // One more, so that none at all has a place too.
        Scale::Log => (x.max(0.0) + 1.0).ln(),
    }
}

/// The other way.
pub(crate) fn unscaled(scale: Scale, x: f64) -> f64 {
    match scale {
        Scale::Linear => x,
        Scale::Log => x.exp() - 1.0,
    }
}

/// Value and standard error on that scale; `None` if the figure does not stand.
pub(crate) fn measured(scale: Scale, gauged: &Gauged) -> Option<(f64, f64)> {
    let figure = &gauged.figure;
    let value = figure.value.filter(|_| figure.is_ok())?;
    let (low, high) = (figure.low.unwrap_or(value), figure.high.unwrap_or(value));
    let width = scaled(scale, high) - scaled(scale, low);
    let error = width.max(0.0) / (2.0 * normal_quantile(0.975));
    Some((scaled(scale, value), error))
}

/// Holds a window against its baseline.
pub(crate) fn candidate(
    spec: &MonitorSpec,
    window: Window,
    gauged: &Gauged,
    level: Option<&Level>,
) -> Candidate {
    let figure = &gauged.figure;
    let point = Point {
        window,
        value: figure.value,
        low: figure.low,
        high: figure.high,
        n: figure.n,
        band: None,
        p_value: None,
        breach: false,
        before: None,
        suppressed: false,
    };
    let nothing = Candidate {
        point,
        out: false,
        gross: false,
        calm: false,
        size: 0.0,
        usual: 0.0,
        z: 0.0,
    };
    let scale = spec.measure.about().scale;
    let Some((x, error)) = measured(scale, gauged) else {
        return nothing;
    };
    if let DecisionRule::Bounds { at_least, at_most } = spec.decision {
        return bounded(nothing, figure, (at_least, at_most));
    }
    match level {
        Some(level) => banded(spec, nothing, gauged, (x, error), level),
        None => nothing,
    }
}

fn bounded(
    candidate: Candidate,
    figure: &candor_stats::Figure,
    (at_least, at_most): (Option<f64>, Option<f64>),
) -> Candidate {
    let value = figure.value.unwrap_or_default();
    let (low, high) = (figure.low.unwrap_or(value), figure.high.unwrap_or(value));
    let below = at_least.is_some_and(|bound| high < bound);
    let above = at_most.is_some_and(|bound| low > bound);
    let inside = at_least.is_none_or(|b| value >= b) && at_most.is_none_or(|b| value <= b);
    let band = (
        at_least.unwrap_or(f64::NEG_INFINITY),
        at_most.unwrap_or(f64::INFINITY),
    );
    let usual = at_most.or(at_least).unwrap_or(value);
    let size = match usual.abs() {
        u if u > 0.0 => (value - usual).abs() / u,
        _ => (value - usual).abs(),
    };
    Candidate {
        point: Point {
            band: finite(band),
            p_value: (below || above).then_some(0.0),
            ..candidate.point
        },
        out: below || above,
        gross: false,
        calm: inside,
        size: 1.0 + size,
        usual,
        z: 0.0,
    }
}

/// A band whose open ends are cut for charts.
fn finite((low, high): (f64, f64)) -> Option<(f64, f64)> {
    let cut = |x: f64| x.clamp(f64::MIN, f64::MAX);
    Some((cut(low), cut(high)))
}

fn banded(
    spec: &MonitorSpec,
    candidate: Candidate,
    gauged: &Gauged,
    (x, error): (f64, f64),
    level: &Level,
) -> Candidate {
    let window = candidate.point.window;
    let about = spec.measure.about();
    let (scale, sides) = (about.scale, sides(spec));
    let (low, high) = level.band(window);
    let middle = level.at(window);
    let usual = unscaled(scale, middle);
    let half = normal_quantile(0.975) * error;
    let up = matches!(sides, Sides::Above | Sides::Both) && x - half > high;
    let down = matches!(sides, Sides::Below | Sides::Both) && x + half < low;
    let gross = x - half > 2.0 * high - middle || x + half < 2.0 * low - middle;
    let material = material(spec, usual);
    let size = match (spec.measure, scale) {
        // A distance is itself the effect.
        (Measure::Drift, _) => unscaled(scale, x) / material.max(f64::MIN_POSITIVE),
        (_, Scale::Linear) if material <= 0.0 => 1.0 + (x - middle).abs(),
        (_, Scale::Linear) => (x - middle).abs() / material,
        (_, Scale::Log) => (x - middle).abs() / material.max(1.0 + 1e-9).ln(),
    };
    // Stored as JSON, which has no infinity.
    let size = size.min(SIZE_MAX);
    let bad_side = match sides {
        Sides::Above => x > middle,
        Sides::Below => x < middle,
        Sides::Both => true,
    };
    let of_level = level.p_value(window, x, error);
    let p_value = gauged.p_value.map_or(of_level, |p| p.max(of_level));
    let (from, to) = about.range;
    let shown = |end: f64| unscaled(scale, end).clamp(from, to);
    let spread = (high - low) / 6.0;
    let z = (x - middle) / spread.hypot(error).max(f64::MIN_POSITIVE);
    Candidate {
        point: Point {
            band: finite((shown(low), shown(high))),
            p_value: Some(p_value),
            ..candidate.point
        },
        out: (up || down) && size >= 1.0,
        gross: gross && size >= GROSS,
        calm: !bad_side || size < CALM || (low <= x && x <= high),
        size,
        usual,
        z,
    }
}
