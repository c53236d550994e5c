//! Streams whose concept changes at known rows: the errors of a learner, through the engine and through detectors
//! of drift.

use super::data::{Result, columns, numbers};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec, Task};
use candor_monitor::{MINUTE_US, Reading, Setup, Step, Wanted, Watch, Window, performance};
use candor_stats::series::{
    Adwin, Cost, Ddm, Detector, Direction, PageHinkley, Search, Signal, change_points,
};
use std::path::Path;
use std::sync::Arc;

/// Length of the engine's windows. Rows have no time of their own, so they are spread evenly over windows.
const WINDOW_US: i64 = 5 * MINUTE_US;
/// Rows in a window, where rows have no time.
const ROWS: usize = 20;
/// Rows of a day of ELEC2: one for each half hour.
const DAY_ROWS: usize = 48;
/// In hindsight, a rise of the rate of errors by so much should have been told.
const RISE: f64 = 0.05;
/// What is told later than so many rows after a change does not tell of it.
const LATEST: usize = 2_000;
/// The metric that is watched.
const METRIC: &str = "accuracy";

/// Whether a learner was wrong at each row, and where what it had to learn changed.
pub(crate) struct Stream {
    /// Its name, e.g. `SEA`.
    pub(crate) name: String,
    /// Errors.
    pub(crate) wrong: Vec<bool>,
    /// Rows at which the concept changed.
    pub(crate) changes: Vec<usize>,
    /// Whether changes are only known in hindsight, from the errors themselves.
    pub(crate) in_hindsight: bool,
    /// Whether a change goes on for as long as it may be told: then it may be told again.
    gradual: bool,
    /// Rows in a window of the engine.
    rows: usize,
    /// Row before which the learner knows too little to be watched, by anyone.
    begin: usize,
    /// Row up to which the engine learns what is normal.
    known: usize,
}

/// How much a learner remembers, in rows; older ones fade.
pub(crate) const MEMORIES: [f64; 3] = [500.0, 1_000.0, 2_000.0];

/// The streams with known changes: SEA and RBF as quick and slow learners have them, up to `rows` rows, and a
/// model that learns no more while its classes move away.
pub(crate) fn streams(shared: &Path, rows: usize) -> Result<Vec<Stream>> {
    let mut out = Vec::new();
    for (name, file, inputs, every) in [
        ("SEA", "sea", &["f1", "f2", "f3"][..], 12_500),
        (
            "interchanging RBF",
            "interchanging_rbf",
            &["f1", "f2"][..],
            3_000,
        ),
    ] {
        let table = Table::read(shared, &format!("drift_streams/{file}"), inputs)?.until(rows);
        for memory in MEMORIES {
            let wrong = table.errors(memory, usize::MAX);
            let n = wrong.len();
            out.push(Stream {
                name: format!("{name}, learner of {memory} rows"),
                changes: (1..).map(|k| k * every).take_while(|at| *at < n).collect(),
                wrong,
                in_hindsight: false,
                gradual: false,
                rows: ROWS,
                begin: 600,
                known: 3_000,
            });
        }
    }
    let table = Table::read(shared, "drift_streams/2cdt", &["f1", "f2"])?;
    out.push(Stream {
        name: "2CDT, model of the first 400 rows".to_owned(),
        wrong: table.errors(f64::INFINITY, 400),
        changes: vec![400],
        in_hindsight: false,
        gradual: true,
        rows: ROWS,
        begin: 0,
        known: 400,
    });
    Ok(out)
}

/// The errors on ELEC2 of the classifier that expects no change, and of a model of the first 10,000 rows. Nobody knows
/// when something changed, so that lasting rises are looked for in hindsight.
pub(crate) fn elec2(shared: &Path) -> Result<Vec<Stream>> {
    let table = Table::read(shared, "elec2/elec2", &["period", "nswprice", "nswdemand"])?;
    let still = table.classes.windows(2).map(|pair| pair[0] != pair[1]);
    let model = table.errors(f64::INFINITY, 10_000);
    let streams = [
        ("ELEC2, no-change classifier", still.collect(), 0, 6_720),
        (
            "ELEC2, model of the first 10,000 rows",
            model,
            10_080,
            15_120,
        ),
    ];
    let made = streams
        .into_iter()
        .map(|(name, wrong, begin, known)| Stream {
            name: name.to_owned(),
            changes: rises(&wrong, known),
            wrong,
            in_hindsight: true,
            gradual: false,
            rows: DAY_ROWS,
            begin,
            known,
        });
    Ok(made.collect())
}

/// Rows after `known` at which the rate of errors rose for good, by the best segmentation of its days.
fn rises(wrong: &[bool], known: usize) -> Vec<usize> {
    let rate = |day: &[bool]| day.iter().filter(|w| **w).count() as f64 / day.len() as f64;
    let days: Vec<f64> = wrong.chunks_exact(DAY_ROWS).map(rate).collect();
    let made = change_points(&days, Cost::L2, Search::Pelt);
    let levels = made.levels.windows(2);
    let rose = made
        .changes
        .iter()
        .zip(levels)
        .filter(|(_, l)| l[1] - l[0] >= RISE);
    rose.map(|(day, _)| day * DAY_ROWS)
        .filter(|row| *row >= known)
        .collect()
}

/// Rows of numbers with the class that came true.
pub(crate) struct Table {
    inputs: Vec<Vec<f64>>,
    classes: Vec<usize>,
}

impl Table {
    /// A packed file with a column `label`.
    pub(crate) fn read(shared: &Path, file: &str, inputs: &[&str]) -> Result<Self> {
        let path = shared.join(format!("data/{file}.csv.gz"));
        let names = [inputs, &["label"]].concat();
        let mut read = columns(&path, &names)?;
        let labels = read.pop().unwrap_or_default();
        let mut known: Vec<&String> = labels.iter().collect();
        known.sort_unstable();
        known.dedup();
        let class = |label: &String| known.binary_search(&label).unwrap_or(0);
        Ok(Self {
            classes: labels.iter().map(class).collect(),
            inputs: read.iter().map(|c| numbers(c)).collect::<Result<_>>()?,
        })
    }

    /// The first rows.
    pub(crate) fn until(mut self, rows: usize) -> Self {
        self.classes.truncate(rows);
        self.inputs
            .iter_mut()
            .for_each(|column| column.truncate(rows));
        self
    }

    /// Whether a naive Bayes learner of normal laws is wrong at each row, which it learns from after that, up to the
    /// row `until`.
    pub(crate) fn errors(&self, memory: f64, until: usize) -> Vec<bool> {
        let classes = self.classes.iter().max().map_or(0, |most| most + 1);
        let mut learner = Bayes::new(classes, self.inputs.len(), memory);
        let mut x = vec![0.0; self.inputs.len()];
        let each = self.classes.iter().enumerate().map(|(row, class)| {
            for (x, column) in x.iter_mut().zip(&self.inputs) {
                *x = column[row];
            }
            let told = learner.class(&x);
            if row < until {
                learner.learn(&x, *class);
            }
            told != *class
        });
        each.collect()
    }
}

/// Naive Bayes of normal laws whose memory fades.
struct Bayes {
    memory: f64,
    rows: f64,
    /// By class: weight, and of each input the weighted sum and sum of squares.
    classes: Vec<(f64, Vec<(f64, f64)>)>,
}

impl Bayes {
    fn new(classes: usize, inputs: usize, memory: f64) -> Self {
        Self {
            memory,
            rows: 0.0,
            classes: vec![(0.0, vec![(0.0, 0.0); inputs]); classes],
        }
    }

    fn class(&self, x: &[f64]) -> usize {
        let score = |(weight, sums): &(f64, Vec<(f64, f64)>)| {
            if *weight <= 0.0 {
                return f64::NEG_INFINITY;
            }
            let each = sums.iter().zip(x).map(|((sum, squares), x)| {
                let mean = sum / weight;
                let variance = (squares / weight - mean * mean).max(1e-6);
                -0.5 * (variance.ln() + (x - mean) * (x - mean) / variance)
            });
            weight.ln() + each.sum::<f64>()
        };
        let scored = self.classes.iter().map(score).enumerate();
        let best = scored.max_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or(0, |(class, _)| class)
    }

    /// Newer rows weigh more, which is as if older ones faded.
    fn learn(&mut self, x: &[f64], class: usize) {
        let weight = (self.rows / self.memory).exp();
        self.rows += 1.0;
        if let Some((sum, sums)) = self.classes.get_mut(class) {
            *sum += weight;
            for ((sum, squares), x) in sums.iter_mut().zip(x) {
                *sum += weight * x;
                *squares += weight * x * x;
            }
        }
    }
}

impl Stream {
    /// The rows at which the engine tells of an alert, with one control chart of the accuracy.
    pub(crate) fn alerts(&self, decision: &DecisionRule) -> Result<Vec<usize>> {
        let monitor = MonitorSpec {
            metric: Some(METRIC.to_owned()),
            window: Some("5m".to_owned()),
            decision: decision.clone(),
            ..MonitorSpec::of("stream", Measure::Performance)
        };
        let spec = ModelSpec {
            task: Some(Task::Multiclass),
            ..ModelSpec::default()
        };
        let setup = Setup {
            model: "stream".to_owned(),
            spec: spec.clone(),
            monitors: vec![(METRIC.to_owned(), monitor)],
            pack: false,
            owner: None,
            maintenance: Vec::new(),
        };
        let readings = self.wrong.chunks_exact(self.rows).zip(0_i64..);
        let readings = readings.skip(self.begin / self.rows);
        let mut readings = readings.map(|(wrong, at)| reading(&spec, at, wrong));
        let known = readings
            .by_ref()
            .take((self.known - self.begin) / self.rows);
        let known: Vec<Reading> = known.collect::<Result<_>>()?;
        let mut watch = Watch::learn(setup, &known);
        let mut rows = Vec::new();
        for reading in readings {
            for told in watch.close(&reading?) {
                if matches!(told.step, Step::Fired | Step::Reopened) {
                    let windows = usize::try_from(told.at_us / WINDOW_US)?;
                    rows.push(windows * self.rows - 1);
                }
            }
        }
        Ok(rows)
    }

    /// The rows at which a detector tells that errors have become more.
    pub(crate) fn rises(&self, detector: &mut dyn Detector) -> Vec<usize> {
        let rows = self.wrong.iter().enumerate().skip(self.begin);
        let rises = rows.filter(|(_, wrong)| {
            let told = detector.update(f64::from(u8::from(**wrong)));
            told == Signal::Change(Direction::Up)
        });
        rises.map(|(row, _)| row).collect()
    }

    /// What was told against what changed.
    pub(crate) fn held(&self, told: &[usize]) -> Held {
        let mut held = Held::default();
        let mut right = 0;
        for (at, from) in self.changes.iter().enumerate() {
            let next = self.changes.get(at + 1).copied().unwrap_or(usize::MAX);
            let until = next.min(from + LATEST);
            let mut own = told.iter().filter(|row| (*from..until).contains(*row));
            match own.next() {
                Some(row) => {
                    right += 1 + if self.gradual { own.count() } else { 0 };
                    held.delays.push(row - from);
                }
                None => held.misses += 1,
            }
        }
        held.false_alarms = told.len() - right;
        held
    }
}

/// Telemetry of one window: classes that were told and that came true.
fn reading(spec: &ModelSpec, at: i64, wrong: &[bool]) -> Result<Reading> {
    let window = Window::around(at * WINDOW_US, WINDOW_US);
    let told: ArrayRef = Arc::new(StringArray::from(vec!["a"; wrong.len()]));
    let came: Vec<&str> = wrong.iter().map(|w| if *w { "b" } else { "a" }).collect();
    let came: ArrayRef = Arc::new(StringArray::from(came));
    let predictions = RecordBatch::try_from_iter([("output_class", Arc::clone(&told))])?;
    let joined = RecordBatch::try_from_iter([("output_class", told), ("outcome_class", came)])?;
    let mut reading = Reading::of_rows(window, Some(&predictions), None);
    reading.joined = performance(window, spec, &Wanted::new(spec, []), &joined);
    Ok(reading)
}

/// Misses, false alarms and delays of one stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// Changes that nobody told within 2,000 rows, or before the next.
    pub(crate) misses: usize,
    /// What was told beside the first time after each change.
    pub(crate) false_alarms: usize,
    /// Rows from changes until they were told.
    pub(crate) delays: Vec<usize>,
}

impl Held {
    /// What detectors are compared by: misses and false alarms. Of equals the quicker is better.
    pub(crate) fn sum(&self) -> usize {
        self.misses + self.false_alarms
    }

    /// The median delay.
    pub(crate) fn delay(&self) -> Option<usize> {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        delays.get(delays.len() / 2).copied()
    }
}

/// The published detectors, with the settings of their papers.
pub(crate) fn peers() -> [(&'static str, Box<dyn Detector>); 3] {
    [
        ("ADWIN", Box::<Adwin>::default()),
        ("DDM", Box::<Ddm>::default()),
        ("Page-Hinkley", Box::<PageHinkley>::default()),
    ]
}
