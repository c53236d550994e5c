//! Single numbers against their usual range.

use super::check::Label;
use crate::column::value_type;
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::sample::{Sorted, Tally};
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef};
use arrow::compute::partition;

/// Fewest gaps that tell how long one usually is.
const GAPS_MIN: u64 = 20;
/// The rank of the longest usual gap.
const GAP_RANK: f64 = 0.999;
/// From so many windows on their median stands for the usual volume.
const WINDOWS_MIN: u64 = 20;
/// Widths of the band of volumes, in standard deviations.
const BAND: f64 = 3.0;
/// From the median absolute deviation of Gaussian numbers to their standard deviation.
const MAD_TO_SD: f64 = 1.4826;
/// Chance of a run as long, at which a column is frozen.
const RUN_CHANCE: f64 = 0.001;

/// A number with the range in which it should lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Name and severity of the check.
    pub label: Label,
    /// The number.
    pub value: Figure,
    /// The least that is usual; `None` if there is no bound.
    pub low: Option<f64>,
    /// The most that is usual.
    pub high: Option<f64>,
    /// Whether it lies within; `None` if that cannot be told.
    pub holds: Option<bool>,
}

impl Level {
    fn new(label: Label, value: Figure, low: Option<f64>, high: Option<f64>) -> Self {
        let inside = |x: f64| low.is_none_or(|low| low <= x) && high.is_none_or(|high| x <= high);
        let holds = value.value.filter(|_| value.is_ok()).map(inside);
        Self {
            label,
            value,
            low,
            high,
            holds,
        }
    }
}

/// The age of the newest of `times` at `now` against the usual gap between events: at most the 99.9th
/// percentile of the gaps between distinct times of the `reference`. All in one unit, e.g. microseconds;
/// `n` counts gaps. An event further ahead of `now` than that fails too. Fewer than 20 gaps are too few.
/// The usual gap is that of the same traffic: compare sources, not single keys.
pub fn freshness(label: Label, times: &Sorted, reference: &Sorted, now: f64) -> Level {
    const METHOD: &str = "freshness";
    let pairs = reference.values().windows(2);
    let gaps = Sorted::new(pairs.map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0));
    let Some(newest) = times.values().last() else {
        let none = Figure::undefined("there are no events", gaps.n(), METHOD);
        return Level::new(label, none, None, None);
    };
    if gaps.n() < GAPS_MIN {
        let mut few = Figure::too_few(gaps.n(), GAPS_MIN, METHOD);
        few.value = Some(now - newest).filter(|age| age.is_finite());
        return Level::new(label, few, None, None);
    }
    let most = gaps.quantile(GAP_RANK);
    let age = Figure::point(now - newest, gaps.n(), METHOD);
    Level::new(label, age, most.map(|most| -most), most)
}

/// The rows of a window against those of `usual` windows of the same length (and, with a season, of the same
/// hour of the week). From 20 windows on: median ± 3 · 1.4826 · MAD; from 2 on: mean ± 3 standard deviations
/// of Poisson's law, widened by what the windows vary more than that and by the error of their mean. Never
/// narrower than Poisson's law.
pub fn volume(label: Label, rows: u64, usual: &[u64]) -> Level {
    const METHOD: &str = "volume";
    let n = usual.len() as u64;
    if n < 2 {
        let few = Figure {
            value: Some(rows as f64),
            ..Figure::too_few(n, 2, METHOD)
        };
        return Level::new(label, few, None, None);
    }
    let sorted = Sorted::new(usual.iter().map(|n| *n as f64));
    let (middle, sd) = if n >= WINDOWS_MIN {
        let median = sorted.quantile(0.5).unwrap_or(0.0);
        let off = Sorted::new(sorted.values().iter().map(|x| (x - median).abs()));
        let mad = off.quantile(0.5).unwrap_or(0.0) * MAD_TO_SD;
        (median, mad.max(median.sqrt()))
    } else {
        let moments = sorted.moments();
        let variance = moments.variance().unwrap_or(0.0).max(moments.mean);
        (moments.mean, (variance * (1.0 + 1.0 / n as f64)).sqrt())
    };
    let half = BAND * sd.max(1.0);
    let value = Figure::point(rows as f64, n, METHOD);
    Level::new(
        label,
        value,
        Some((middle - half).max(0.0)),
        Some(middle + half),
    )
}

/// The longest run of one value in neighbouring rows, in the order of time: a sensor or a join that stands
/// still. It fails if the run is longer than twice the longest of the `reference` and too long for chance
/// (0.001) given how frequent the reference's commonest value is. A column that is constant in the reference
/// too never fails. Runs of missing values do not count.
///
/// # Errors
/// If the columns' values cannot be compared.
pub fn frozen(label: Label, column: &ArrayRef, reference: &ArrayRef) -> Result<Level> {
    const METHOD: &str = "longest_run";
    let (run, usual) = (longest_run(column)?, longest_run(reference)?);
    let n = (column.len() - column.logical_null_count()) as u64;
    let (commonest, known) = commonest(reference)?;
    if n == 0 || known == 0 {
        let none = Figure::undefined("a side has no values", n, METHOD);
        return Ok(Level::new(label, none, None, None));
    }
    let share = commonest as f64 / known as f64;
    // n (1 − p) pʳ bounds the chance of a run of r.
    let chance = (n as f64 * (1.0 - share) / RUN_CHANCE).ln() / -share.ln();
    let most = if commonest == known {
        None
    } else {
        Some((2.0 * usual as f64).max(chance.max(1.0).ceil()))
    };
    let value = Figure::point(run as f64, n, METHOD);
    Ok(Level::new(label, value, None, most))
}

fn longest_run(column: &ArrayRef) -> Result<usize> {
    let runs = partition(std::slice::from_ref(column)).map_err(|_| Error::Column {
        ty: column.data_type().to_string(),
    })?;
    let nulls = column.logical_nulls();
    let is_value = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let runs = runs.ranges().into_iter().filter(|run| is_value(run.start));
    Ok(runs.map(|run| run.len()).max().unwrap_or(0))
}

/// Rows of the most frequent value, and of all values.
fn commonest(column: &ArrayRef) -> Result<(u64, u64)> {
    match value_type(column.data_type()) {
        Some(ValueType::Text | ValueType::Opaque) | None => {
            let tally = Tally::from_array(column)?;
            let most = tally.counts().iter().map(|(_, n)| *n).max();
            Ok((most.unwrap_or(0), tally.n()))
        }
        Some(_) => {
            let sorted = Sorted::from_array(column)?;
            let equal = sorted.values().chunk_by(|a, b| a >= b);
            let most = equal.map(|run| run.len() as u64).max();
            Ok((most.unwrap_or(0), sorted.n()))
        }
    }
}
