//! Performance of a window, and how its outcomes came: from predictions joined with outcomes.

use crate::reading::{Joined, Part, segment_column};
use crate::rows::texts;
use crate::window::{DAY_US, HOUR_US, Window};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use candor_contract::spec::{Baseline, Measure, ModelSpec, MonitorSpec, Task};
use candor_stats::Figure;
use candor_stats::calibration::{BINS, Forecasts, Scheme};
use candor_stats::performance::{
    Binary, BinaryOptions, BinaryRows, CLASSES_MAX, ClassOptions, ClassRows, MISSING, Measured,
    Multiclass, NumberRows, RankedRows, Ranking, Regression, RegressionOptions, metric,
};
use candor_stats::proportion::share;
use std::collections::{BTreeMap, BTreeSet};

/// The time of a row's outcome.
const OUTCOME_TIME: &str = "outcome_time";

pub(crate) fn numbers(rows: &RecordBatch, name: &str) -> Option<Vec<f64>> {
    let array = cast(rows.column_by_name(name)?, &DataType::Float64).ok()?;
    let values = array.as_primitive::<Float64Type>();
    Some(values.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
}

pub(crate) fn micros(rows: &RecordBatch, name: &str) -> Option<Vec<Option<i64>>> {
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
    let array = cast(rows.column_by_name(name)?, &wanted).ok()?;
    let times = array.as_primitive::<TimestampMicrosecondType>();
    Some(times.iter().collect())
}

/// Labelled rows that a window of performance should have.
const LABELLED_MIN: f64 = 300.0;
/// Cut of rankings that is watched.
const CUT: usize = 10;

/// Metrics that are watched by task; each is one figure of a window.
pub fn watched_metrics(task: Task) -> &'static [&'static str] {
    match task {
        Task::Binary => &["roc_auc", "log_loss", "accuracy"],
        Task::Multiclass => &["accuracy"],
        Task::Regression => &["mae"],
        Task::Ranking => &["ndcg@10"],
        Task::Generation | Task::Embedding => &[],
    }
}

/// Length of the windows of performance of a model with `hourly` labelled rows an hour, whose outcomes come
/// within `delay_us`: six hours where these hold enough rows and are known soon, else a day.
pub fn performance_window_us(hourly: f64, delay_us: i64) -> i64 {
    let soon = delay_us <= 6 * HOUR_US && hourly * 6.0 >= LABELLED_MIN;
    if soon { 6 * HOUR_US } else { DAY_US }
}

/// Of the predictions of a window so many must have an outcome for its performance to be told.
const COVERAGE_MIN: f64 = 0.5;

/// What a window's predictions tell, joined with the outcomes that are known: how these came, and performance once most
/// have come. Columns as of [`performance`], and `time`, `status`, `outcome_time`.
pub fn outcome_figures(
    window: Window,
    spec: &ModelSpec,
    wanted: &Wanted,
    rows: &RecordBatch,
) -> Vec<Joined> {
    let mut out = labels(window, rows);
    let of_outcomes = rows.schema();
    let of_outcomes = of_outcomes.fields().iter().map(|f| f.name().as_str());
    let of_outcomes = of_outcomes.filter(|n| n.starts_with("outcome_") && *n != OUTCOME_TIME);
    let known = of_outcomes
        .filter_map(|name| rows.column_by_name(name))
        .map(|array| array.len() - array.null_count())
        .max()
        .unwrap_or(0);
    if known > 0 && known as f64 >= COVERAGE_MIN * rows.num_rows() as f64 {
        out.extend(performance(window, spec, wanted, rows));
    }
    out
}

/// What is told of a model's performance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    metrics: BTreeSet<String>,
    parts: BTreeSet<Part>,
}

impl Wanted {
    /// What the default pack, the model's objectives and its declared monitors need.
    pub fn new<'a>(spec: &ModelSpec, monitors: impl IntoIterator<Item = &'a MonitorSpec>) -> Self {
        let usual = spec.task.map_or(&[][..], watched_metrics).iter();
        let mut metrics: BTreeSet<String> = usual.map(|m| (*m).to_owned()).collect();
        metrics.extend(spec.objectives.iter().map(|o| o.metric.clone()));
        let mut parts = BTreeSet::new();
        let own = |m: &&MonitorSpec| m.measure == Measure::Performance;
        for monitor in monitors.into_iter().filter(own) {
            metrics.extend(monitor.metric.clone());
            let segments = monitor.segment.iter();
            parts.extend(segments.map(|(n, v)| (n.clone(), v.clone())));
            if let Baseline::Version(version) = &monitor.baseline {
                parts.insert(("version".to_owned(), version.clone()));
            }
        }
        Self { metrics, parts }
    }

    /// Names of the segments whose values are told apart.
    pub fn segments(&self) -> BTreeSet<&str> {
        self.parts.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Performance of a window from its predictions joined with their outcomes: columns `output_score`,
/// `output_class`, `output_value`, `request_id` as they are stored, those of segments, and `outcome_class`,
/// `outcome_value`, `outcome_relevance`. Columns that are missing make figures that are.
pub fn performance(
    window: Window,
    spec: &ModelSpec,
    wanted: &Wanted,
    rows: &RecordBatch,
) -> Vec<Joined> {
    let Some(task) = spec.task else {
        return Vec::new();
    };
    let mut out = told(window, (task, spec), wanted, (rows, None));
    for part in &wanted.parts {
        if let Some(own) = rows_of(part, rows) {
            out.extend(told(window, (task, spec), wanted, (&own, Some(part))));
        }
    }
    out
}

fn told(
    window: Window,
    (task, spec): (Task, &ModelSpec),
    wanted: &Wanted,
    (rows, part): (&RecordBatch, Option<&Part>),
) -> Vec<Joined> {
    let measured = match task {
        Task::Binary => binary(spec, wanted, rows),
        Task::Multiclass => multiclass(rows),
        Task::Regression => named(regression(rows)),
        Task::Ranking => named(ranking(wanted, rows)),
        Task::Generation | Task::Embedding => Vec::new(),
    };
    let kept = measured
        .into_iter()
        .filter(|(name, _)| wanted.metrics.contains(name));
    kept.map(|(name, figure)| Joined {
        part: part.cloned(),
        metric: Some(name),
        ..Joined::new(window, Measure::Performance, figure)
    })
    .collect()
}

fn named(measured: Vec<Measured>) -> Vec<(String, Figure)> {
    let each = measured.into_iter();
    each.map(|m| (m.name.into_owned(), m.figure)).collect()
}

/// The rows of a part; `None` if no row tells it.
fn rows_of(part: &Part, rows: &RecordBatch) -> Option<RecordBatch> {
    let values = texts(rows.column_by_name(&segment_column(&part.0))?)?;
    let own = values.iter().map(|v| v.as_ref() == Some(&part.1));
    let own: BooleanArray = own.map(Some).collect();
    filter_record_batch(rows, &own).ok()
}

/// How outcomes came to the answered predictions of a window, from its predictions with the outcomes that are known:
/// the share that has one, and how long half of them took. Columns `time`, `status`, `outcome_time`.
fn labels(window: Window, rows: &RecordBatch) -> Vec<Joined> {
    let (Some(made), Some(came)) = (micros(rows, "time"), micros(rows, OUTCOME_TIME)) else {
        return Vec::new();
    };
    let status = rows.column_by_name("status").and_then(texts);
    let failed = |at: usize| {
        let told = status.as_ref().and_then(|s| s.get(at)?.as_deref());
        told == Some("error")
    };
    let mut waits: Vec<f64> = Vec::with_capacity(rows.num_rows());
    for (at, (made, came)) in made.iter().zip(&came).enumerate() {
        if failed(at) {
            continue;
        }
        waits.push(match (made, came) {
            (Some(made), Some(came)) => came.saturating_sub(*made).max(0) as f64 / HOUR_US as f64,
            _ => f64::INFINITY,
        });
    }
    let known = waits.iter().filter(|w| w.is_finite()).count() as u64;
    let covered = share(known, waits.len() as u64);
    waits.sort_unstable_by(f64::total_cmp);
    vec![
        Joined::new(window, Measure::Labels, covered),
        Joined::new(window, Measure::LabelDelay, half(&waits)),
    ]
}

/// The median with the interval of order statistics. What has not come is later than all that has.
fn half(waits: &[f64]) -> Figure {
    let n = waits.len() as u64;
    let name = Measure::LabelDelay.name();
    let reach = 0.98 * (n as f64).sqrt();
    let at = |rank: f64| waits.get((rank.max(0.0) as usize).min(waits.len().saturating_sub(1)));
    let middle = n as f64 / 2.0;
    match (at(middle - reach), at(middle), at(middle + reach)) {
        (Some(low), Some(value), Some(high)) if high.is_finite() => {
            Figure::new(*value, (*low, *high), n, name)
        }
        _ => Figure::undefined("fewer than half of the outcomes are known", n, name),
    }
}

pub(crate) fn positive(spec: &ModelSpec) -> impl Fn(&Option<String>) -> Option<bool> {
    let class = spec.positive_class.as_ref().map(|w| w.0.clone());
    move |word: &Option<String>| {
        let word = word.as_deref()?;
        Some(match &class {
            Some(class) => word == class,
            None => matches!(word, "1" | "true" | "yes"),
        })
    }
}

fn binary(spec: &ModelSpec, wanted: &Wanted, rows: &RecordBatch) -> Vec<(String, Figure)> {
    let Some(outcomes) = rows.column_by_name("outcome_class").and_then(texts) else {
        return Vec::new();
    };
    let is_positive = positive(spec);
    let labels: Vec<Option<bool>> = outcomes.iter().map(&is_positive).collect();
    let scores = numbers(rows, "output_score");
    let decided = rows.column_by_name("output_class").and_then(texts);
    let decided: Option<Vec<Option<bool>>> =
        decided.map(|words| words.iter().map(&is_positive).collect());
    let told = BinaryRows {
        labels: &labels,
        scores: scores.as_deref(),
        predicted: decided.as_deref(),
        weights: None,
    };
    let mut figures = named(Binary::new(&told, &BinaryOptions::default()).figures());
    if let Some(scores) = scores.filter(|_| wanted.metrics.iter().any(|m| is_calibration(m))) {
        figures.extend(calibration(&scores, &labels));
    }
    figures
}

/// Metrics of calibration that can be watched.
const CALIBRATION: [&str; 3] = [ECE, "mce", "calibration_slope"];
/// Freed of what chance makes.
const ECE: &str = "ece";

/// Whether there is a metric of performance or calibration of that name.
pub(crate) fn is_metric(name: &str) -> bool {
    metric(name).is_some() || is_calibration(name)
}

fn is_calibration(metric: &str) -> bool {
    CALIBRATION.contains(&metric)
}

/// How well scores tell the share that comes true: expected and largest calibration error over ten bins of equal
/// mass, and the slope of recalibration.
fn calibration(scores: &[f64], labels: &[Option<bool>]) -> Vec<(String, Figure)> {
    let known = scores.iter().zip(labels);
    let known = known.filter_map(|(p, y)| Some((*p, (*y)?)).filter(|(p, _)| p.is_finite()));
    let (probabilities, outcomes): (Vec<f64>, Vec<bool>) = known.unzip();
    if outcomes.is_empty() {
        return Vec::new();
    }
    let forecasts = Forecasts::new(&probabilities, &outcomes);
    let curve = forecasts.reliability(Scheme::EqualMass, BINS, 0);
    let slope = forecasts.recalibration().slope;
    let figures = [curve.debiased_ece, curve.mce, slope];
    let names = CALIBRATION.iter().map(|name| (*name).to_owned());
    names.zip(figures).collect()
}

/// Of more than two classes: what was told against what came true.
fn multiclass(rows: &RecordBatch) -> Vec<(String, Figure)> {
    let class = |name: &str| rows.column_by_name(name).and_then(texts);
    let (Some(outcomes), Some(classes)) = (class("outcome_class"), class("output_class")) else {
        return Vec::new();
    };
    let words: BTreeSet<&String> = outcomes.iter().chain(&classes).flatten().collect();
    let words: Vec<&String> = words.into_iter().take(CLASSES_MAX as usize).collect();
    let code = |word: &Option<String>| {
        let at = word.as_ref().and_then(|w| words.binary_search(&w).ok());
        at.and_then(|at| u32::try_from(at).ok()).unwrap_or(MISSING)
    };
    let labels: Vec<u32> = outcomes.iter().map(code).collect();
    let predicted: Vec<u32> = classes.iter().map(code).collect();
    let told = ClassRows {
        classes: u32::try_from(words.len()).unwrap_or(CLASSES_MAX),
        labels: &labels,
        predicted: Some(&predicted),
        ..ClassRows::default()
    };
    named(Multiclass::new(&told, &ClassOptions::default()).figures())
}

fn regression(rows: &RecordBatch) -> Vec<Measured> {
    let column = |name| numbers(rows, name);
    let (Some(outcomes), Some(predictions)) = (column("outcome_value"), column("output_value"))
    else {
        return Vec::new();
    };
    let told = NumberRows {
        outcomes: &outcomes,
        predictions: &predictions,
        intervals: None,
        weights: None,
    };
    Regression::new(&told, &RegressionOptions::default()).figures()
}

fn ranking(wanted: &Wanted, rows: &RecordBatch) -> Vec<Measured> {
    let column = |name| numbers(rows, name);
    let (Some(scores), Some(relevance)) = (column("output_score"), column("outcome_relevance"))
    else {
        return Vec::new();
    };
    let Some(requests) = rows.column_by_name("request_id").and_then(texts) else {
        return Vec::new();
    };
    let mut places: BTreeMap<&str, u32> = BTreeMap::new();
    let queries = requests.iter().map(|request| {
        let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
        *places
            .entry(request.as_deref().unwrap_or_default())
            .or_insert(next)
    });
    let queries: Vec<u32> = queries.collect();
    let told = RankedRows {
        queries: &queries,
        scores: &scores,
        relevance: &relevance,
    };
    let cut = |metric: &String| metric.split_once('@')?.1.parse::<usize>().ok();
    let mut cuts: BTreeSet<usize> = wanted.metrics.iter().filter_map(cut).collect();
    cuts.insert(CUT);
    let cuts: Vec<usize> = cuts.into_iter().filter(|k| *k > 0).collect();
    Ranking::new(&told, &cuts).figures().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
    use candor_contract::spec::Word;
    use std::sync::Arc;

    const DAY: Window = Window {
        from_us: 0,
        to_us: DAY_US,
    };

    /// A prediction: score, class, version, what came true and after how many hours.
    type Row = (f64, &'static str, &'static str, Option<(&'static str, i64)>);

    fn joined(rows: &[Row]) -> RecordBatch {
        let texts = |get: &dyn Fn(&Row) -> Option<&'static str>| -> ArrayRef {
            Arc::new(rows.iter().map(get).collect::<StringArray>())
        };
        let hours = |get: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
            let times = rows.iter().map(|r| get(r).map(|h| h * HOUR_US));
            Arc::new(times.collect::<TimestampMicrosecondArray>())
        };
        let scores: ArrayRef = Arc::new(Float64Array::from_iter(rows.iter().map(|r| r.0)));
        RecordBatch::try_from_iter_with_nullable(vec![
            ("time", hours(&|_| Some(0)), true),
            ("output_score", scores, true),
            ("output_class", texts(&|r| Some(r.1)), true),
            ("version", texts(&|r| Some(r.2)), true),
            ("outcome_class", texts(&|r| r.3.map(|o| o.0)), true),
            ("outcome_time", hours(&|r| r.3.map(|o| o.1)), true),
        ])
        .unwrap()
    }

    fn model() -> ModelSpec {
        ModelSpec {
            task: Some(Task::Binary),
            positive_class: Some(Word("1".into())),
            ..ModelSpec::default()
        }
    }

    fn monitor(metric: &str) -> MonitorSpec {
        MonitorSpec {
            metric: Some(metric.into()),
            ..MonitorSpec::of("m", Measure::Performance)
        }
    }

    fn value(told: &[Joined], measure: Measure, metric: Option<&str>) -> Option<f64> {
        let own = |j: &&Joined| j.measure == measure && j.metric.as_deref() == metric;
        told.iter().find(own)?.figure.value
    }

    /// A hundred predictions, three in ten wrong; `known` of them have an outcome, the k-th after k hours.
    fn rows(known: usize) -> Vec<Row> {
        let row = |at: usize| {
            let positive = at.is_multiple_of(2);
            let wrong = at.is_multiple_of(4) || at % 20 == 1;
            let came = positive != wrong;
            let word = |yes: bool| if yes { "1" } else { "0" };
            let score = if positive { 0.9 } else { 0.1 };
            let outcome = (at < known).then_some((word(came), at as i64 + 1));
            (
                score,
                word(positive),
                if at < 50 { "1" } else { "2" },
                outcome,
            )
        };
        (0..100).map(row).collect()
    }

    #[test]
    fn outcomes_that_lack_are_told_and_performance_waits_for_half_of_them() {
        let wanted = Wanted::new(&model(), []);
        for (known, share, wait, accuracy) in [
            (100, 1.0, Some(51.0), Some(0.7)),
            (80, 0.8, Some(51.0), Some(0.7)),
            (40, 0.4, None, None),
            (0, 0.0, None, None),
        ] {
            let told = outcome_figures(DAY, &model(), &wanted, &joined(&rows(known)));
            assert_eq!(value(&told, Measure::Labels, None), Some(share), "{known}");
            assert_eq!(value(&told, Measure::LabelDelay, None), wait, "{known}");
            let own = value(&told, Measure::Performance, Some("accuracy"));
            assert_eq!(own, accuracy, "{known}");
        }
    }

    #[test]
    fn declared_metrics_are_told_those_of_calibration_and_of_versions_too() {
        let of_version = MonitorSpec {
            segment: [("version".to_owned(), "2".to_owned())].into(),
            ..monitor("f1")
        };
        let declared = [monitor("ece"), monitor("calibration_slope"), of_version];
        let wanted = Wanted::new(&model(), &declared);
        assert_eq!(wanted.segments(), ["version"].into());
        let told = performance(DAY, &model(), &wanted, &joined(&rows(100)));
        // Told with 0.9, half of them came true; told with 0.1, nine in ten did not.
        let ece = value(&told, Measure::Performance, Some("ece")).unwrap();
        assert!((0.1..0.3).contains(&ece), "{ece}");
        assert!(value(&told, Measure::Performance, Some("calibration_slope")).is_some());
        assert_eq!(value(&told, Measure::Performance, Some("mcc")), None);
        let parts: Vec<_> = told.iter().filter(|j| j.part.is_some()).collect();
        assert!(parts.iter().all(|j| j.figure.n <= 50), "{parts:?}");
        assert!(parts.iter().any(|j| j.metric.as_deref() == Some("f1")));
    }

    #[test]
    fn several_classes_have_all_metrics_of_several_classes() {
        let spec = ModelSpec {
            task: Some(Task::Multiclass),
            ..ModelSpec::default()
        };
        let wanted = Wanted::new(&spec, &[monitor("f1_macro")]);
        let told = performance(DAY, &spec, &wanted, &joined(&rows(100)));
        let names: Vec<_> = told.iter().filter_map(|j| j.metric.as_deref()).collect();
        assert!(
            names.contains(&"accuracy") && names.contains(&"f1_macro"),
            "{names:?}"
        );
        assert_eq!(
            value(&told, Measure::Performance, Some("accuracy")),
            Some(0.7)
        );
    }
}
