//! Alerts as the API shows them: times are RFC 3339.

use crate::notify::receiver_name;
use crate::routing;
use crate::standing::PointView;
use candor_catalog::{AlertStep, Delivery, Signed, StoredAlert, StoredNotice};
use candor_contract::format_us;
use candor_contract::spec::Receiver;
use candor_monitor::route::RouteWhy;
use candor_monitor::{Alert, Symptom};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// An alert.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct AlertView {
    id: String,
    model: String,
    /// `service`, `quality` or `drill`.
    family: String,
    /// `firing`, `acknowledged`, `unknown`, `recovering` or `resolved`.
    state: String,
    /// `info`, `warning` or `critical`.
    severity: String,
    /// Start of the first window out of bounds.
    onset_at: String,
    fired_at: String,
    changed_at: String,
    resolved_at: Option<String>,
    /// How often it came back within a day after it was over.
    reopened: u32,
    /// The likely cause, in a sentence.
    cause: String,
    labels: BTreeMap<String, String>,
    /// The drill that failed, if it is of one: then it has no symptoms.
    #[serde(skip_serializing_if = "Option::is_none")]
    drill: Option<String>,
    /// Its reasons, the likely cause first.
    symptoms: Vec<SymptomView>,
    /// What changed near its onset, nearest first.
    changes: Vec<ChangeView>,
    acknowledged: Option<SignedView>,
    verdict: Option<VerdictView>,
}

/// A monitor that is out of bounds for long enough.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct SymptomView {
    monitor: String,
    measure: String,
    column: Option<String>,
    metric: Option<String>,
    segment: BTreeMap<String, String>,
    severity: String,
    onset_at: String,
    sustained_at: String,
    over_at: Option<String>,
    /// What it says, with figures.
    sentence: String,
    /// The last windows, oldest first; left out in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    points: Vec<PointView>,
}

/// Something that changed.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct ChangeView {
    at: String,
    what: String,
}

/// Who, when and why.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct SignedView {
    by: String,
    at: String,
    why: String,
}

/// What people say that it was.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct VerdictView {
    /// `true_positive`, `false_positive`, `expected`, `duplicate` or `missing_data`.
    verdict: String,
    by: String,
    at: String,
    reason: String,
}

/// An alert with its history and who was told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AlertPage {
    #[serde(flatten)]
    alert: AlertView,
    /// What happened to it, the oldest first.
    history: Vec<StepView>,
    /// Who was told, the newest first.
    deliveries: Vec<DeliveryView>,
}

/// A step in an alert's history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StepView {
    number: u64,
    at: String,
    /// `fired`, `grew`, `recovering`, `relapsed`, `lost`, `found`, `resolved`, `reopened`, `acknowledged` or
    /// `judged`.
    step: String,
    #[schema(value_type = Object)]
    details: Value,
}

/// A notice on its way.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeliveryView {
    /// It is the same at each try, so that receivers can drop what they know.
    key: String,
    route: String,
    /// Kind and place, e.g. `webhook hooks.example.org`.
    receiver: String,
    /// Why it was sent, e.g. `first_notification`.
    reason: String,
    decided_at: String,
    /// `waiting`, `delivered` or `failed`.
    state: String,
    /// When it was delivered or given up, or when it is sent next.
    at: String,
    attempts: u32,
    last_error: Option<String>,
}

/// Why a route told of an alert, or not.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WhyView {
    route: String,
    /// In a word, e.g. `told`, `silenced` or `no_match`.
    verdict: String,
    /// In a sentence, with who could not be reached and why.
    sentence: String,
    /// When it was told first.
    told_at: Option<String>,
    /// Until when nothing is told, if that is known.
    until: Option<String>,
}

/// Why people were told of an alert, or not, at an instant.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WhyPage {
    /// One answer for each route.
    items: Vec<WhyView>,
    next_cursor: Option<String>,
    /// The instant.
    at: String,
    /// What the records of that time do not tell, in sentences; left out if they tell everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_recorded: Vec<String>,
}

impl WhyPage {
    pub(crate) fn new(items: Vec<WhyView>, at_us: i64, not_recorded: Vec<String>) -> Self {
        Self {
            items,
            next_cursor: None,
            at: format_us(at_us),
            not_recorded,
        }
    }
}

impl WhyView {
    /// What the route decided, and whom it did not reach. `notices` are those about the alert, the newest first.
    pub(crate) fn new(why: RouteWhy, notices: &[StoredNotice]) -> Self {
        Self::with(why, notices, missed)
    }

    /// The same at an instant of the past. `notices` are those that had been decided by then.
    pub(crate) fn then(why: RouteWhy, notices: &[StoredNotice], at_us: i64) -> Self {
        Self::with(why, notices, |notice| missed_then(notice, at_us))
    }

    fn with(
        why: RouteWhy,
        notices: &[StoredNotice],
        missed: impl Fn(&StoredNotice) -> Option<String>,
    ) -> Self {
        let verdict = serde_json::to_value(why.verdict).unwrap_or_default();
        let mut sentence = why.sentence;
        let mut seen = HashSet::new();
        for notice in notices.iter().filter(|n| n.route == why.route) {
            let receiver = notice.receiver.to_string();
            if let Some(missed) = missed(notice).filter(|_| seen.insert(receiver)) {
                sentence = format!("{sentence} {missed}");
            }
        }
        Self {
            route: why.route,
            verdict: verdict.as_str().unwrap_or_default().to_owned(),
            sentence,
            told_at: why.told_us.map(format_us),
            until: why.until_us.map(format_us),
        }
    }
}

/// Who did not get a notice and why, in a sentence; `None` if it was delivered, or nothing is known against that.
fn missed(notice: &StoredNotice) -> Option<String> {
    let error = notice.last_error.as_deref()?;
    let name = name_of(&notice.receiver);
    match notice.delivery {
        Delivery::Delivered(_) => None,
        Delivery::Failed(at_us) => {
            let at = format_us(at_us);
            Some(format!("Given up for {name} at {at}: {error}."))
        }
        Delivery::Waiting => {
            let at = format_us(notice.due_us);
            Some(format!(
                "Not delivered yet to {name}: {error}; tried again at {at}."
            ))
        }
    }
}

/// Who had not got a notice by an instant, in a sentence. When a try failed that was not the last is not recorded.
fn missed_then(notice: &StoredNotice, at_us: i64) -> Option<String> {
    let name = name_of(&notice.receiver);
    match notice.delivery {
        Delivery::Delivered(us) if us <= at_us => None,
        Delivery::Failed(us) if us <= at_us => missed(notice),
        Delivery::Delivered(us) => {
            let at = format_us(us);
            Some(format!("Not delivered to {name} by then; it was at {at}."))
        }
        Delivery::Failed(us) => {
            let (at, error) = (format_us(us), notice.last_error.as_deref());
            let error = error.unwrap_or("no reason is recorded");
            Some(format!(
                "Not delivered to {name} by then; given up at {at}: {error}."
            ))
        }
        Delivery::Waiting => Some(format!("Not delivered to {name} by then, nor since.")),
    }
}

/// How a stored receiver is called in lists.
fn name_of(receiver: &Value) -> String {
    let receiver = serde_json::from_value::<Receiver>(receiver.clone());
    receiver.as_ref().map(receiver_name).unwrap_or_default()
}

impl AlertView {
    /// With all points.
    fn whole(stored: &StoredAlert) -> Self {
        let record = &stored.record;
        let alert = routing::alert(stored);
        let state = match (record.state.as_str(), &stored.acknowledged) {
            ("firing", Some(_)) => "acknowledged",
            (state, _) => state,
        };
        let of = |f: fn(&Alert) -> Vec<SymptomView>| alert.as_ref().map(f).unwrap_or_default();
        Self {
            id: record.id.clone(),
            model: record.model.clone(),
            family: record.family.clone(),
            state: state.to_owned(),
            severity: record.severity.clone(),
            onset_at: format_us(record.onset_us),
            fired_at: format_us(record.fired_us),
            changed_at: format_us(record.changed_us),
            resolved_at: record.resolved_us.map(format_us),
            reopened: alert.as_ref().map_or(0, |a| a.reopened),
            cause: alert.as_ref().map(|a| a.cause.clone()).unwrap_or_default(),
            labels: alert.as_ref().map(Alert::labels).unwrap_or_default(),
            drill: alert.as_ref().and_then(|a| a.drill.clone()),
            symptoms: of(|a| a.symptoms.iter().map(SymptomView::of).collect()),
            changes: alert
                .iter()
                .flat_map(|a| &a.changes)
                .map(ChangeView::of)
                .collect(),
            acknowledged: stored.acknowledged.as_ref().map(SignedView::of),
            verdict: stored
                .verdict
                .as_ref()
                .map(|(verdict, signed)| VerdictView {
                    verdict: verdict.clone(),
                    by: signed.by.clone(),
                    at: format_us(signed.at_us),
                    reason: signed.why.clone(),
                }),
        }
    }

    /// Without points, for lists.
    pub(crate) fn brief(stored: &StoredAlert) -> Self {
        let mut view = Self::whole(stored);
        for symptom in &mut view.symptoms {
            symptom.points.clear();
        }
        view
    }
}

impl ChangeView {
    fn of(change: &candor_monitor::NearChange) -> Self {
        Self {
            at: format_us(change.at_us),
            what: change.what.clone(),
        }
    }
}

impl SignedView {
    fn of(signed: &Signed) -> Self {
        Self {
            by: signed.by.clone(),
            at: format_us(signed.at_us),
            why: signed.why.clone(),
        }
    }
}

impl SymptomView {
    fn of(symptom: &Symptom) -> Self {
        Self {
            monitor: symptom.monitor.clone(),
            measure: symptom.measure.name().to_owned(),
            column: symptom.column.clone(),
            metric: symptom.metric.clone(),
            segment: symptom.segment.clone(),
            severity: symptom.severity.name().to_owned(),
            onset_at: format_us(symptom.onset_us),
            sustained_at: format_us(symptom.sustained_us),
            over_at: symptom.over_us.map(format_us),
            sentence: symptom.sentence.clone(),
            points: symptom.points.iter().map(PointView::of).collect(),
        }
    }
}

impl AlertPage {
    pub(crate) fn new(
        stored: &StoredAlert,
        history: &[AlertStep],
        notices: &[StoredNotice],
    ) -> Self {
        Self {
            alert: AlertView::whole(stored),
            history: history.iter().map(StepView::of).collect(),
            deliveries: notices.iter().map(DeliveryView::of).collect(),
        }
    }
}

impl StepView {
    fn of(step: &AlertStep) -> Self {
        Self {
            number: step.number,
            at: format_us(step.at_us),
            step: step.step.clone(),
            details: step.details.clone(),
        }
    }
}

impl DeliveryView {
    fn of(notice: &StoredNotice) -> Self {
        let (state, at_us) = match notice.delivery {
            Delivery::Waiting => ("waiting", notice.due_us),
            Delivery::Delivered(at_us) => ("delivered", at_us),
            Delivery::Failed(at_us) => ("failed", at_us),
        };
        let reason = notice.body.get("reason").and_then(Value::as_str);
        Self {
            key: notice.key.clone(),
            route: notice.route.clone(),
            receiver: name_of(&notice.receiver),
            reason: reason.unwrap_or_default().to_owned(),
            decided_at: format_us(notice.decided_us),
            state: state.to_owned(),
            at: format_us(at_us),
            attempts: notice.attempts,
            last_error: notice.last_error.clone(),
        }
    }
}
