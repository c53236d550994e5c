//! What backs an alert: where it is worst, and which rows show it.

use super::examples::{Asked, Examples, hidden};
use super::setup::subject;
use super::source::Source;
use super::subject::Subject;
use crate::clock;
use crate::problem::Problem;
use crate::state::State;
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use candor_contract::spec::{Measure, MonitorSpec};
use candor_contract::{Kind, ModelName, TableId, format_us};
use candor_monitor::evidence::{
    EVIDENCE_US, Parts, Worst, evidence_window, monitor_of, profiled_columns, rows_that_show, worst,
};
use candor_monitor::{Alert, Reading, Symptom, Wanted, Window};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Monitors of an alert that are looked into: the likely cause and two more.
const MONITORS_MAX: usize = 3;
/// Predictions with outcomes that figures of performance by segment are of, evenly taken.
const LABELLED_MAX: usize = 100_000;
/// How long a request waits for others of its kind.
const WAIT: Duration = Duration::from_secs(5);

/// What backs one monitor's part of an alert.
pub(crate) struct MonitorEvidence {
    pub(crate) symptom: Symptom,
    /// The time that was looked at.
    pub(crate) window: Window,
    /// The part of the reference that it was held against.
    pub(crate) reference: Window,
    /// Predictions of that time that are still kept.
    pub(crate) rows: u64,
    /// `None` if segments say nothing of it; a note tells why.
    pub(crate) worst: Option<Worst>,
    pub(crate) examples: Vec<Value>,
    pub(crate) sql: Option<String>,
    /// Columns that are left out since they are personal.
    pub(crate) hidden: Vec<String>,
    /// What could not be told, and why.
    pub(crate) notes: Vec<String>,
}

/// Looks into an alert. An alert of a model without any row left has no evidence.
pub(crate) async fn evidence(
    state: &State,
    alert: &Alert,
) -> Result<Vec<MonitorEvidence>, Problem> {
    let permit = tokio::time::timeout(WAIT, state.turns.evidence.acquire()).await;
    let busy = |_| Problem::busy("Evidence of other alerts is being gathered.");
    let _permit = permit.map_err(busy)?;
    let unknown = || Problem::not_found(&format!("model {}", alert.model));
    let model = ModelName::new(&alert.model).ok_or_else(unknown)?;
    let source = Source::new(&state.lake, &state.sql);
    let now_us = clock::now_us();
    let Some(subject) = subject(&source, &state.catalog, &model, now_us).await? else {
        return Ok(Vec::new());
    };
    let watch = state.catalog.watch(&alert.model).await?;
    let closed_us = watch.map_or(alert.changed_us, |w| w.closed_us);
    let hidden = hidden(&source, &subject, &state.findings.privacy());
    let of = |symptom: &Symptom| {
        let spec = monitor_of(symptom, &alert.model, &subject.monitors);
        (symptom.clone(), spec)
    };
    let looked: Vec<(Symptom, MonitorSpec)> =
        alert.symptoms.iter().take(MONITORS_MAX).map(of).collect();
    let columns: BTreeSet<String> = looked
        .iter()
        .flat_map(|(_, spec)| profiled_columns(spec))
        .collect();
    let mut case = Case {
        source: &source,
        subject: &subject,
        hidden: &hidden,
        columns: columns.into_iter().collect(),
        read: BTreeMap::new(),
        closed_us,
        now_us,
    };
    let mut told = Vec::new();
    for (symptom, spec) in looked {
        told.push(case.of_symptom(symptom, spec).await?);
    }
    Ok(told)
}

/// What is the same for all monitors of an alert.
struct Case<'a> {
    source: &'a Source,
    subject: &'a Subject,
    hidden: &'a BTreeSet<String>,
    /// Columns that one of its monitors needs.
    columns: Vec<String>,
    /// What was read already: monitors of one alert mostly look at the same time.
    read: BTreeMap<Window, Known>,
    closed_us: i64,
    now_us: i64,
}

/// What is known of a time.
#[derive(Clone)]
struct Known {
    reading: Reading,
    /// Rows that are still kept.
    rows: u64,
}

/// Why no prediction shows trouble of such a measure.
const fn of_no_row(measure: Measure) -> Option<&'static str> {
    match measure {
        Measure::Freshness => Some(
            "The age of features is the same for all predictions: no segment and no row shows it.",
        ),
        Measure::Labels | Measure::LabelDelay => Some(
            "How outcomes come is told of all predictions: the statement shows those that have none.",
        ),
        Measure::EstimatedPerformance => Some(
            "An estimate is of all rows together, of which none shows it: hold it against outcomes as they come.",
        ),
        Measure::Reconstruction | Measure::DomainAuc => Some(
            "It is of all inputs together, of which no row shows it: `candor report` says which columns tell the two \
             times apart.",
        ),
        Measure::Effect => {
            Some("Business effects are events of their own: the statement shows them.")
        }
        _ => None,
    }
}

impl Case<'_> {
    async fn of_symptom(
        &mut self,
        symptom: Symptom,
        spec: MonitorSpec,
    ) -> Result<MonitorEvidence, Problem> {
        let subject = self.subject;
        // Outcomes that come early are not like the others.
        let delay_us = match spec.measure {
            Measure::Performance => subject.labels.map_or(0, |labels| labels.delay_us),
            _ => 0,
        };
        let window = evidence_window(&symptom, self.closed_us - delay_us);
        let reference = Window {
            from_us: subject
                .reference
                .start
                .max(subject.reference.end - EVIDENCE_US),
            to_us: subject.reference.end,
        };
        // Longer windows may begin before the reference ends; none is judged before.
        let is_kept = reference.to_us <= symptom.sustained_us;
        let mut out = MonitorEvidence {
            symptom,
            window,
            reference,
            rows: self.known(window).await?.rows,
            worst: None,
            examples: Vec::new(),
            sql: None,
            hidden: Vec::new(),
            notes: self.kept(window),
        };
        let asked = Asked {
            subject,
            spec: &spec,
            window,
            hidden: self.hidden,
        };
        out.hidden = asked.left_out();
        out.sql = asked.overview();
        let held = is_kept.then_some(reference);
        let (before, now) = match self.both(&spec, held, window).await? {
            Ok(both) => both,
            Err(note) => {
                out.notes.push(note);
                return Ok(out);
            }
        };
        let showing = rows_that_show(&spec, &subject.spec, &before, &now);
        if let Some(showing) = showing {
            let Examples { rows, sql } = self.source.examples(&asked, &showing).await?;
            out.examples = rows;
            out.sql = sql.or(out.sql);
        }
        if out.examples.is_empty() && out.rows > 0 {
            out.notes.push(without_examples(&out));
        }
        if !is_kept {
            let note = "What it was held against is gone, so that no segment is told: rows of the reference are \
                not kept any more.";
            out.notes.push(note.to_owned());
            return Ok(out);
        }
        if subject.segments.is_empty() {
            let note = "The model's predictions have no segments, so that no part of them is told.";
            out.notes.push(note.to_owned());
        }
        let model = subject.spec.clone();
        let ranked = tokio::task::spawn_blocking(move || worst(&spec, &model, &before, &now));
        out.worst = Some(ranked.await.map_err(|e| Problem::internal(&e))?);
        Ok(out)
    }

    /// What is told of the reference, if it is kept, and of the alert's time, or why nothing is.
    async fn both(
        &mut self,
        spec: &MonitorSpec,
        reference: Option<Window>,
        window: Window,
    ) -> Result<Result<(Parts, Parts), String>, Problem> {
        if let Some(note) = of_no_row(spec.measure) {
            return Ok(Err(note.to_owned()));
        }
        let mut told = Vec::new();
        for window in reference.into_iter().chain([window]) {
            let parts = match spec.measure {
                Measure::Performance => self.of_outcomes(spec, window).await?,
                _ => self.of_profiles(spec, window).await?,
            };
            let Some(parts) = parts else {
                let note = format!(
                    "From {} to {} there is too little to tell this from, or too much.",
                    format_us(window.from_us),
                    format_us(window.to_us)
                );
                return Ok(Err(note));
            };
            told.push(parts);
        }
        let nothing = || Parts::of_profiles(Reading::empty(window), None);
        let now = told.pop().unwrap_or_else(nothing);
        let before = told.pop().unwrap_or_else(nothing);
        Ok(Ok((before, now)))
    }

    /// What rows and profiles tell of a time; read once.
    async fn known(&mut self, window: Window) -> Result<Known, Problem> {
        if let Some(known) = self.read.get(&window) {
            return Ok(known.clone());
        }
        let counts = self.source.counted(self.subject, window).await?;
        let reading = self
            .source
            .parts(self.subject, window, &self.columns, &counts)
            .await?;
        let rows = counts.values().sum();
        let known = Known { reading, rows };
        self.read.insert(window, known.clone());
        Ok(known)
    }

    async fn of_profiles(
        &mut self,
        spec: &MonitorSpec,
        window: Window,
    ) -> Result<Option<Parts>, Problem> {
        let whole = self.known(window).await?.reading;
        let feedback: Option<Reading> = match spec.measure {
            Measure::Complaints | Measure::Feedback => {
                let found = self.source.feedback_parts(self.subject, window).await?;
                if found.is_none() {
                    return Ok(None);
                }
                found
            }
            _ => None,
        };
        let made = tokio::task::spawn_blocking(move || Parts::of_profiles(whole, feedback));
        made.await.map(Some).map_err(|e| Problem::internal(&e))
    }

    async fn of_outcomes(
        &self,
        monitor: &MonitorSpec,
        window: Window,
    ) -> Result<Option<Parts>, Problem> {
        let subject = self.subject;
        let rows = self.source.labelled(subject, window, self.now_us).await?;
        let Some(rows) = rows.filter(|rows| rows.num_rows() > 0) else {
            return Ok(None);
        };
        let spec = subject.spec.clone();
        let plain = MonitorSpec {
            metric: monitor.metric.clone(),
            ..MonitorSpec::of(subject.model.as_str(), Measure::Performance)
        };
        let wanted = Wanted::new(&spec, [&plain]);
        let read = tokio::task::spawn_blocking(move || {
            Parts::of_outcomes(window, &spec, &wanted, &thinned(&rows, LABELLED_MAX))
        });
        read.await.map(Some).map_err(|e| Problem::internal(&e))
    }

    /// Says which rows of the time are gone.
    fn kept(&self, window: Window) -> Vec<String> {
        let table = TableId::of(&self.subject.model, Kind::Prediction);
        let volumes = self.source.lake().volumes();
        let own = volumes.iter().find(|(id, _)| *id == table);
        let first_us = own.and_then(|(_, volume)| volume.time_us).map(|t| t.0);
        match first_us {
            Some(us) if us < window.from_us => Vec::new(),
            Some(us) if us < window.to_us => vec![format!(
                "Rows before {} are gone: predictions are kept from then on.",
                format_us(us)
            )],
            _ => vec![
                "The rows of this time are gone: predictions are kept for a shorter time."
                    .to_owned(),
            ],
        }
    }
}

fn without_examples(out: &MonitorEvidence) -> String {
    match (out.symptom.measure, out.hidden.as_slice()) {
        (Measure::Volume | Measure::Fairness, _) => {
            "No single row shows this; the statement counts them.".to_owned()
        }
        (_, []) => "No row of this time shows it.".to_owned(),
        (_, hidden) => format!("No row is shown, since {} is personal.", hidden.join(", ")),
    }
}

/// At most so many rows, evenly taken.
fn thinned(rows: &RecordBatch, most: usize) -> RecordBatch {
    let step = rows.num_rows().div_ceil(most.max(1)).max(1);
    if step == 1 {
        return rows.clone();
    }
    let taken = (0_u32..).step_by(step);
    let taken = taken.take_while(|at| (*at as usize) < rows.num_rows());
    let taken = take_record_batch(rows, &UInt32Array::from_iter_values(taken));
    taken.unwrap_or_else(|_| rows.clone())
}
