//! Figures of both sides and of every window, as the document has them.

use crate::document::{
    Band, Change, Document, EstimatedPerformance, Expected, Figure, Method, Performance, Reading,
};
use crate::evaluate::column::Sides;
use crate::windows::Windows;
use candor_stats::estimate::Band as Learnt;
use candor_stats::performance::{Better, Measured};
use candor_stats::series::{Seasonal, hour_of_week};
use candor_stats::{Figure as Computed, proportion};
use std::collections::BTreeMap;

/// Windows of the reference from which on a band is learnt.
const WINDOWS_MIN: usize = 10;

/// Metrics of both sides with the difference between them. `names` are those that a report tells.
pub(super) fn performance(
    now: &[Measured],
    before: &[Measured],
    tells: &dyn Fn(&str) -> bool,
) -> Performance {
    let told = |side: &[Measured]| -> BTreeMap<String, Figure> {
        let kept = side.iter().filter(|m| tells(&m.name));
        kept.map(|m| (m.name.to_string(), (&m.figure).into()))
            .collect()
    };
    let mut change = BTreeMap::new();
    for measured in now.iter().filter(|m| tells(&m.name)) {
        let old = before.iter().find(|m| m.name == measured.name);
        let judged =
            old.and_then(|old| judge(measured.metric.better, &measured.figure, &old.figure));
        change.extend(judged.map(|change| (measured.name.to_string(), change)));
    }
    Performance {
        current: told(now),
        reference: told(before),
        change,
        ..Performance::default()
    }
}

/// Current less reference with an interval from both intervals (MOVER; Donner and Zou 2012).
pub(super) fn difference(now: &Computed, before: &Computed) -> Option<Computed> {
    let (b, a) = (now.value?, before.value?);
    let n = now.n + before.n;
    let ends = (|| {
        let (low, high) = (now.low?, now.high?);
        let (old_low, old_high) = (before.low?, before.high?);
        let d = b - a;
        Some((
            d - (b - low).hypot(old_high - a),
            d + (high - b).hypot(a - old_low),
        ))
    })();
    Some(Computed::new(
        b - a,
        ends.unwrap_or((f64::NAN, f64::NAN)),
        n,
        "mover",
    ))
}

/// The change of a figure; of one that is best at 0, its size is judged.
pub(super) fn judge(better: Better, now: &Computed, before: &Computed) -> Option<Change> {
    let difference = difference(now, before)?;
    let sized = match better {
        Better::Zero => self::difference(&size(now), &size(before))?,
        _ => difference.clone(),
    };
    let below = sized.high.is_some_and(|high| high < 0.0);
    let above = sized.low.is_some_and(|low| low > 0.0);
    let (worse, improved) = match better {
        Better::Higher => (below, above),
        Better::Lower | Better::Zero => (above, below),
        Better::Neither => (false, false),
    };
    Some(Change {
        difference: difference.into(),
        worse,
        better: improved,
    })
}

/// How far a figure is from 0.
fn size(figure: &Computed) -> Computed {
    let (low, high) = match (figure.low, figure.high) {
        (Some(low), Some(high)) if low <= 0.0 && high >= 0.0 => (0.0, high.max(-low)),
        (Some(low), Some(high)) => (low.abs().min(high.abs()), low.abs().max(high.abs())),
        _ => (f64::NAN, f64::NAN),
    };
    let value = figure.value.unwrap_or(f64::NAN).abs();
    Computed::new(value, (low, high), figure.n, figure.method)
}

/// What a measure may be in a window, learnt from those of the reference.
struct Usual {
    overall: Option<Learnt>,
    /// By hour of the week, where the reference has four weeks.
    season: Option<Seasonal>,
}

impl Usual {
    fn of(
        reference: &Windows,
        values: &[Option<f64>],
        range: (f64, f64),
        overall: Option<Learnt>,
    ) -> Self {
        let starts = reference.bounds.iter().map(|(from, _)| *from);
        let by_hour = starts.zip(values);
        let by_hour: Vec<(usize, f64)> = by_hour
            .filter_map(|(from, value)| Some((hour_of_week(from), (*value)?)))
            .collect();
        let season = reference
            .timed
            .then(|| Seasonal::learn(&by_hour, 0.0, range).ok());
        Self {
            overall,
            season: season.flatten().filter(|season| !season.hours.is_empty()),
        }
    }

    /// Of a window that begins `from`, and whether it is that of its hour.
    fn then(&self, from: Option<&(i64, i64)>) -> (Option<Learnt>, bool) {
        let (Some(season), Some((from, _))) = (&self.season, from) else {
            return (self.overall, false);
        };
        let band = season.band(hour_of_week(*from));
        let learnt = Learnt {
            low: band.low,
            high: band.high,
            windows: band.windows as usize,
        };
        (Some(learnt), true)
    }

    /// A figure of a window held against what is usual then.
    fn reading(&self, figure: &Computed, better: Better, from: Option<&(i64, i64)>) -> Reading {
        let (band, of_hour) = self.then(from);
        let expected = band.filter(|_| of_hour).map(|band| Expected {
            low: Some(band.low).filter(|x| x.is_finite()),
            high: Some(band.high).filter(|x| x.is_finite()),
        });
        Reading {
            value: figure.value,
            low: figure.low,
            high: figure.high,
            n: Some(figure.n),
            breach: band.is_some_and(|band| breaches(better, &band, figure)),
            expected,
        }
    }
}

/// Metrics of every window, breaches being those whose interval lies on the bad side of the reference's band.
pub(super) fn windows(
    document: &mut Document,
    sides: &Sides<'_>,
    now: &[Vec<Measured>],
    before: &[Vec<Measured>],
    tells: &[&str],
) {
    for name in tells {
        let figures = |windows: &[Vec<Measured>]| -> Vec<Option<Measured>> {
            let of = |window: &Vec<Measured>| window.iter().find(|m| m.name == *name).cloned();
            windows.iter().map(of).collect()
        };
        let old = figures(before);
        let Some(metric) = figures(now).into_iter().flatten().next().map(|m| m.metric) else {
            continue;
        };
        let old: Vec<Option<f64>> = old
            .iter()
            .map(|m| m.as_ref().and_then(|m| m.figure.value))
            .collect();
        let values: Vec<f64> = old.iter().flatten().copied().collect();
        let band = Learnt::robust(&values, metric.range).filter(|_| values.len() >= WINDOWS_MIN);
        let usual = Usual::of(sides.reference, &old, metric.range, band);
        let each = document.windows.iter_mut().zip(figures(now));
        for (at, (window, measured)) in each.enumerate() {
            let Some(measured) = measured else { continue };
            let from = sides.current.bounds.get(at);
            let reading = usual.reading(&measured.figure, metric.better, from);
            window.performance.insert((*name).to_owned(), reading);
        }
        let told = told_band(band, &values);
        document.bands.performance.insert((*name).to_owned(), told);
    }
}

/// Whether a figure's interval lies outside a band on the bad side.
fn breaches(better: Better, band: &Learnt, figure: &Computed) -> bool {
    let below = figure.high.is_some_and(|high| high < band.low);
    let above = figure.low.is_some_and(|low| low > band.high);
    match better {
        Better::Higher => below,
        Better::Lower => above,
        _ => below || above,
    }
}

fn told_band(band: Option<Learnt>, values: &[f64]) -> Band {
    let sorted = candor_stats::Sorted::new(values.iter().copied());
    Band {
        low: band.map(|b| b.low).filter(|x| x.is_finite()),
        high: band.map(|b| b.high).filter(|x| x.is_finite()),
        middle: sorted.quantile(0.5),
        method: if band.is_some() {
            "median_mad"
        } else {
            "too_few_windows"
        }
        .to_owned(),
        windows: Some(values.len() as u64),
        needed: Some(WINDOWS_MIN as u64),
    }
}

/// The share of rows with an outcome.
pub(super) fn coverage(known: u64, rows: u64) -> Figure {
    proportion::share(known, rows).into()
}

/// Names the methods of metrics once.
pub(super) fn methods(
    document: &mut Document,
    measured: &[Measured],
    tells: &dyn Fn(&str) -> bool,
) {
    for one in measured.iter().filter(|m| tells(&m.name)) {
        let name = one.name.to_string();
        if document
            .methods
            .iter()
            .any(|m| m.name == name && m.area == "performance")
        {
            continue;
        }
        document.methods.push(Method {
            name,
            area: "performance".to_owned(),
            definition: one.metric.doc.to_owned(),
            parameters: [("interval".to_owned(), one.figure.method.into())].into(),
            ..Method::default()
        });
    }
}

/// What is estimated of one metric.
pub(super) struct Estimated<'a> {
    pub(super) name: &'a str,
    pub(super) better: Better,
    /// Over all current rows.
    pub(super) all: Option<&'a Computed>,
    /// Realised over all reference rows.
    pub(super) realised: Option<&'a Computed>,
    /// Window by window.
    pub(super) windows: Vec<Computed>,
    /// Realised, in each window of the reference.
    pub(super) reference: Vec<Option<f64>>,
    pub(super) band: Option<Learnt>,
    /// What it can be.
    pub(super) range: (f64, f64),
}

impl Estimated<'_> {
    /// Adds it to what is told, and to the windows.
    pub(super) fn tell(
        &self,
        told: &mut EstimatedPerformance,
        document: &mut Document,
        sides: &Sides<'_>,
    ) {
        let name = || self.name.to_owned();
        let both = self.all.zip(self.realised);
        let judged = both.and_then(|(all, realised)| judge(self.better, all, realised));
        told.change.extend(judged.map(|change| (name(), change)));
        told.current.extend(self.all.map(|f| (name(), f.into())));
        told.reference
            .extend(self.realised.map(|f| (name(), f.into())));
        let band = self.band.filter(|band| band.windows >= WINDOWS_MIN);
        let usual = Usual::of(sides.reference, &self.reference, self.range, band);
        let each = document.windows.iter_mut().zip(&self.windows);
        for (at, (window, figure)) in each.enumerate() {
            let reading = usual.reading(figure, self.better, sides.current.bounds.get(at));
            window.estimated_performance.insert(name(), reading);
        }
        let values: Vec<f64> = self.reference.iter().flatten().copied().collect();
        let bands = &mut document.bands.estimated_performance;
        bands.insert(name(), told_band(band, &values));
    }
}
