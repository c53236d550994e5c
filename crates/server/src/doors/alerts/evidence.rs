//! The evidence of an alert as the API shows it.

use crate::runs::evidence::MonitorEvidence;
use candor_contract::format_us;
use candor_monitor::evidence::{Compared, Worst, WorstPart};
use candor_monitor::{Alert, Figure};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What backs an alert.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EvidenceView {
    /// The alert's id.
    alert: String,
    model: String,
    /// The likely cause first, then up to two more of its monitors.
    monitors: Vec<MonitorEvidenceView>,
    /// What could not be told, and why.
    notes: Vec<String>,
}

/// Where one monitor's figure is worst, and rows that show it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MonitorEvidenceView {
    monitor: String,
    measure: String,
    column: Option<String>,
    metric: Option<String>,
    segment: BTreeMap<String, String>,
    /// What it says, with figures.
    sentence: String,
    /// The time that was looked at: from its onset to its end or the newest closed window, at most the last seven
    /// days of it.
    from: String,
    to: String,
    /// The part of the reference that it was held against, at most its last seven days.
    reference_from: String,
    reference_to: String,
    /// Predictions of that time that are still kept.
    rows: u64,
    /// All rows; null if segments say nothing of this measure.
    whole: Option<ComparedView>,
    /// Values of segments, the worst first: by how much more they moved than the rest of their segment for certain.
    segments: Vec<PartView>,
    /// Rows from which on the value of a segment is told, so that none is of a few people.
    rows_min: u64,
    /// Values that were left out for that.
    suppressed: usize,
    /// Up to ten predictions that show it: id, time, the column in question, segments and outputs. Texts are cut after
    /// 200 characters.
    #[schema(value_type = Vec<Object>)]
    examples: Vec<Value>,
    /// Columns in question that are personal, and therefore not shown.
    hidden: Vec<String>,
    /// A statement for `POST /v1/sql` that shows more of it.
    sql: Option<String>,
    /// What could not be told, and why.
    notes: Vec<String>,
}

/// A figure now and in the reference.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ComparedView {
    /// Of the volume, predictions a day.
    now: FigureView,
    /// Null if the reference has too little of it.
    reference: Option<FigureView>,
}

/// A figure with its interval.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FigureView {
    value: Option<f64>,
    /// Ends of its 95 % interval, where one is known.
    low: Option<f64>,
    high: Option<f64>,
    /// Rows behind it.
    n: u64,
}

/// The rows with one value of a segment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PartView {
    /// The segment, e.g. `region`.
    segment: String,
    /// Its value, e.g. `north`.
    value: String,
    #[serde(flatten)]
    figures: ComparedView,
    /// How much more it moved than the rest of the segment's rows: a difference, or a ratio of latencies and counts.
    excess: f64,
    /// Whether chance does not explain that, all values considered; of drift, whether it matters.
    apart: bool,
}

impl EvidenceView {
    pub(crate) fn new(alert: &Alert, told: Vec<MonitorEvidence>) -> Self {
        let mut notes = Vec::new();
        if let Some(drill) = &alert.drill {
            notes.push(format!(
                "No row of {} shows it: the traffic of the drill {drill} was made up and is not kept. \
                 `candor drill history` tells what went wrong in it.",
                alert.model
            ));
        } else if told.is_empty() {
            notes.push(format!(
                "The rows of {} are gone: the lake has no prediction of it.",
                alert.model
            ));
        }
        Self {
            alert: alert.id.clone(),
            model: alert.model.clone(),
            monitors: told.into_iter().map(MonitorEvidenceView::of).collect(),
            notes,
        }
    }
}

impl MonitorEvidenceView {
    fn of(told: MonitorEvidence) -> Self {
        let symptom = told.symptom;
        let (whole, parts, suppressed, rows_min) = match told.worst {
            Some(Worst {
                whole,
                parts,
                suppressed,
                rows_min,
            }) => (Some(whole), parts, suppressed, rows_min),
            None => (None, Vec::new(), 0, candor_monitor::evidence::PART_ROWS_MIN),
        };
        Self {
            monitor: symptom.monitor,
            measure: symptom.measure.name().to_owned(),
            column: symptom.column,
            metric: symptom.metric,
            segment: symptom.segment,
            sentence: symptom.sentence,
            from: format_us(told.window.from_us),
            to: format_us(told.window.to_us),
            reference_from: format_us(told.reference.from_us),
            reference_to: format_us(told.reference.to_us),
            rows: told.rows,
            whole: whole.map(ComparedView::of),
            segments: parts.into_iter().map(PartView::of).collect(),
            rows_min,
            suppressed,
            examples: told.examples,
            hidden: told.hidden,
            sql: told.sql,
            notes: told.notes,
        }
    }
}

impl ComparedView {
    fn of(figures: Compared) -> Self {
        Self {
            now: FigureView::of(&figures.now),
            reference: figures.reference.as_ref().map(FigureView::of),
        }
    }
}

impl FigureView {
    fn of(figure: &Figure) -> Self {
        Self {
            value: figure.value,
            low: figure.low,
            high: figure.high,
            n: figure.n,
        }
    }
}

impl PartView {
    fn of(part: WorstPart) -> Self {
        let (segment, value) = part.part;
        Self {
            segment,
            value,
            figures: ComparedView::of(part.figures),
            excess: part.excess,
            apart: part.apart,
        }
    }
}
