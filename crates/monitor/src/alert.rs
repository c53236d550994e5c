//! Alerts: sustained breaches of one model and one family, with what explains them.

use crate::window::Window;
use candor_contract::spec::{Family, Measure, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where an alert is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Breaches were seen, not enough of them to tell anyone.
    Pending,
    /// Nothing is known any more: data do not arrive. It is the pipeline's owner who can help.
    Unknown,
    /// It goes on.
    Firing,
    /// It goes on, and somebody looks after it.
    Acknowledged,
    /// Windows are fine again, not yet for long enough.
    Recovering,
    /// It is over.
    Resolved,
}

impl State {
    /// The word, e.g. `firing`.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Unknown => "unknown",
            State::Firing => "firing",
            State::Acknowledged => "acknowledged",
            State::Recovering => "recovering",
            State::Resolved => "resolved",
        }
    }

    /// Whether people are told that it goes on.
    pub const fn is_active(self) -> bool {
        !matches!(self, State::Pending | State::Resolved)
    }
}

/// What people said of an alert that is over, or that they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Something was wrong.
    TruePositive,
    /// Nothing was wrong.
    FalsePositive,
    /// It was meant to be so.
    Expected,
    /// Another alert tells the same.
    Duplicate,
    /// Data were missing, the model was fine.
    MissingData,
}

impl Judgement {
    /// The word, e.g. `true_positive`.
    pub const fn name(self) -> &'static str {
        match self {
            Judgement::TruePositive => "true_positive",
            Judgement::FalsePositive => "false_positive",
            Judgement::Expected => "expected",
            Judgement::Duplicate => "duplicate",
            Judgement::MissingData => "missing_data",
        }
    }
}

/// One window of a monitor, as its chart shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The window.
    pub window: Window,
    /// The figure; `None` if it could not be told.
    pub value: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Rows behind it.
    pub n: u64,
    /// The band or bounds that it was held against.
    pub band: Option<(f64, f64)>,
    /// The p-value of its deviation, after correction over the model's monitors.
    pub p_value: Option<f64>,
    /// Whether it was a breach.
    pub breach: bool,
    /// What was known when the window was closed, if late rows or outcomes changed it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Whether it fell into a declared maintenance, so that it tells nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
}

/// A window as it was known when it was closed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The figure.
    pub value: Option<f64>,
    /// Rows behind it.
    pub n: u64,
    /// Whether it was a breach.
    pub breach: bool,
}

/// A monitor whose breach is sustained: one reason of an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Symptom {
    /// The monitor, e.g. `credit-risk/missing/input_debt_ratio`.
    pub monitor: String,
    /// What it measures.
    pub measure: Measure,
    /// Of which column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Which metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Only where these segments have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segment: BTreeMap<String, String>,
    /// Start of the first breaching window.
    pub onset_us: i64,
    /// When the breach was sustained: the end of the window that decided.
    pub sustained_us: i64,
    /// The end of the window that showed it to be over; `None` while it goes on.
    pub over_us: Option<i64>,
    /// How bad.
    pub severity: Severity,
    /// The largest deviation, in parts of what matters.
    pub size: f64,
    /// What it says, in a sentence with figures.
    pub sentence: String,
    /// The last windows, oldest first.
    pub points: Vec<Point>,
}

impl Symptom {
    /// How far upstream it lies; trouble of what goes in explains that of what comes out.
    pub fn depth(&self) -> u8 {
        let further = match self.column.as_deref() {
            Some(c) if c.starts_with("derived_") => 1,
            Some(c) if c.starts_with("output_") => 2,
            _ => 0,
        };
        2 * self.measure.about().depth + further
    }
}

/// Something that changed shortly before an alert's onset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearChange {
    /// When.
    pub at_us: i64,
    /// What, in a sentence, e.g. `deployment of version 5.3.0 by ci`.
    pub what: String,
    /// When it was over, as it said itself, if it took time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_us: Option<i64>,
}

/// A sustained anomaly of one model and family, or a drill that failed: what people handle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Unique and stable: the same telemetry gives the same id.
    pub id: String,
    /// The model.
    pub model: String,
    /// The kind of trouble.
    pub family: Family,
    /// Where it is in its life.
    pub state: State,
    /// The worst of its symptoms'.
    pub severity: Severity,
    /// Start of the first breaching window.
    pub onset_us: i64,
    /// When it fired: the end of the window that decided.
    pub fired_us: i64,
    /// When it was last changed by the engine.
    pub changed_us: i64,
    /// When it was over.
    pub resolved_us: Option<i64>,
    /// How often it came back within a day after it was over.
    pub reopened: u32,
    /// The likely cause, in a sentence.
    pub cause: String,
    /// Its symptoms, the likely cause first.
    pub symptoms: Vec<Symptom>,
    /// What changed near its onset, nearest first.
    pub changes: Vec<NearChange>,
    /// The drill that failed, if it is of one: then it has no symptoms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<String>,
    /// Who answers for the model, if that is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who answers for the data that reach it, if those are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_owner: Option<String>,
}

impl Step {
    /// The step of this word, e.g. `fired`.
    pub fn named(word: &str) -> Option<Self> {
        let all = [
            ("fired", Step::Fired),
            ("grew", Step::Grew),
            ("recovering", Step::Recovering),
            ("relapsed", Step::Relapsed),
            ("lost", Step::Lost),
            ("found", Step::Found),
            ("resolved", Step::Resolved),
            ("reopened", Step::Reopened),
        ];
        let mut named = all.into_iter().filter(|(own, _)| *own == word);
        named.next().map(|(_, step)| step)
    }

    /// The state that an alert is in after it, if nothing else is known.
    pub const fn state(self) -> State {
        match self {
            Step::Fired | Step::Grew | Step::Relapsed | Step::Found | Step::Reopened => {
                State::Firing
            }
            Step::Recovering => State::Recovering,
            Step::Lost => State::Unknown,
            Step::Resolved => State::Resolved,
        }
    }
}

impl Alert {
    /// The labels by which routes and silences select.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        let mut put = |name: &str, value: &str| {
            labels.insert(name.to_owned(), value.to_owned());
        };
        put("model", &self.model);
        put("family", self.family.name());
        put("severity", self.severity.name());
        put("alert", &self.id);
        if let Some(owner) = self.owner() {
            put("owner", owner);
        }
        if let Some(drill) = &self.drill {
            put("alertname", "drill");
            put("drill", drill);
        }
        if let Some(first) = self.symptoms.first() {
            put("alertname", first.measure.name());
            put("measure", first.measure.name());
            if let Some(column) = &first.column {
                put("column", column);
            }
            for (name, value) in &first.segment {
                put(&format!("segment_{name}"), value);
            }
        }
        labels
    }

    /// Whose it is: the model's owner's, or while data do not arrive the pipeline's.
    pub fn owner(&self) -> Option<&str> {
        let pipeline = self.pipeline_owner.as_deref();
        let pipeline = pipeline.filter(|_| self.state == State::Unknown);
        pipeline.or(self.owner.as_deref())
    }

    /// Whether a symptom goes on.
    pub fn goes_on(&self) -> bool {
        self.symptoms.iter().any(|s| s.over_us.is_none())
    }
}

/// Why an alert was handed out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is new.
    Fired,
    /// It has more symptoms, or worse ones.
    Grew,
    /// Windows are fine again.
    Recovering,
    /// It goes on after all.
    Relapsed,
    /// Data do not arrive any more.
    Lost,
    /// Data arrive again.
    Found,
    /// It is over.
    Resolved,
    /// It came back soon after it was over.
    Reopened,
}

/// One change of one alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// When, by the clock of event time.
    pub at_us: i64,
    /// What happened.
    pub step: Step,
    /// The alert as it is then.
    pub alert: Alert,
}
