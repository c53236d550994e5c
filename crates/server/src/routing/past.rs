//! Why people had been told of an alert by an instant, or not, from what is recorded: steps of alerts, revisions of
//! routes and silences, and notices.

use super::{NOTICES_KEPT_US, alert};
use crate::problem::Problem;
use candor_catalog::{AlertFilter, AlertStep, Catalog, StoredAlert, StoredNotice};
use candor_contract::format_us;
use candor_contract::spec::{Object, SilenceSpec, SpecKind};
use candor_monitor::notice::Notice;
use candor_monitor::route::{PastRoute, Record, RouteWhy, as_it_was, explain_past};
use candor_monitor::{Alert, Family, Severity, State, Step};
use serde_json::Value;
use std::collections::BTreeSet;

/// Notices about one alert that are read, the newest.
const NOTICES_MAX: u32 = 1_000;
/// Alerts of the same model that are asked whether data did not arrive.
const OTHERS_MAX: u32 = 50;

/// What can be told of an instant.
pub(crate) struct Past {
    /// What each route had done.
    pub(crate) whys: Vec<RouteWhy>,
    /// Notices that had been decided, the newest first.
    pub(crate) notices: Vec<StoredNotice>,
    /// What the answer cannot know, in sentences.
    pub(crate) not_recorded: Vec<String>,
}

/// What had become of an alert by `at_us`. `now_us` is the time by which deliveries are forgotten.
pub(crate) async fn past(
    catalog: &Catalog,
    stored: &StoredAlert,
    at_us: i64,
    now_us: i64,
) -> Result<Option<Past>, Problem> {
    let Some(now) = alert(stored) else {
        return Ok(None);
    };
    let mut not_recorded = BTreeSet::new();
    let history = catalog.alert_history(&now.id).await?;
    let life = life(&now, &history, at_us, &mut not_recorded);
    let notices = notices(catalog, &now.id, at_us, &mut not_recorded).await?;
    if at_us < now_us.saturating_sub(NOTICES_KEPT_US) {
        let days = NOTICES_KEPT_US / candor_monitor::DAY_US;
        not_recorded.insert(format!(
            "Notices are kept for {days} days after their delivery; of what was told before that nothing is known."
        ));
    }
    let routes = routes(catalog, at_us, &mut not_recorded).await?;
    let silences = silences(catalog, at_us, &mut not_recorded).await?;
    let inhibited_by = match now.family {
        Family::Quality => lost(catalog, &now.model, at_us).await?,
        Family::Service | Family::Drill => None,
    };
    let told: Vec<Notice> = notices.iter().rev().filter_map(readable).collect();
    let record = Record {
        alert: &life.alert,
        known_us: life.known_us,
        acknowledged: life.acknowledged,
        inhibited_by: inhibited_by.as_deref(),
        routes: &routes,
        silences: &silences,
        notices: &told,
    };
    Ok(Some(Past {
        whys: explain_past(&record, at_us),
        notices,
        not_recorded: not_recorded.into_iter().collect(),
    }))
}

/// An alert at an instant.
#[derive(Debug)]
struct Life {
    alert: Alert,
    /// Since when it was known, by the clock; later than the instant if it was not.
    known_us: i64,
    acknowledged: bool,
}

/// When a step was stored. Of older ones only their event time is known.
fn noted_us(step: &AlertStep) -> i64 {
    step.standing.as_ref().map_or(step.at_us, |s| s.noted_us)
}

fn life(
    now: &Alert,
    history: &[AlertStep],
    at_us: i64,
    not_recorded: &mut BTreeSet<String>,
) -> Life {
    let mut life = Life {
        alert: now.clone(),
        known_us: i64::MAX,
        acknowledged: false,
    };
    let mut last = None;
    for step in history.iter().filter(|s| noted_us(s) <= at_us) {
        match Step::named(&step.step) {
            Some(own) => {
                if last.is_none() || own == Step::Reopened {
                    (life.known_us, life.acknowledged) = (noted_us(step), false);
                }
                last = Some((own, step));
            }
            None => life.acknowledged |= step.step == "acknowledged",
        }
    }
    let Some((own, step)) = last else {
        let first = history.iter().find(|s| Step::named(&s.step).is_some());
        life.known_us = first.map_or(i64::MAX, noted_us);
        return life;
    };
    let standing = step.standing.as_ref();
    let state = standing.and_then(|s| word::<State>(&s.state));
    let severity = standing.and_then(|s| word::<Severity>(&s.severity));
    if severity.is_none() {
        let said = "How bad the alert was then, and its likely cause, are not recorded: those of now were taken.";
        not_recorded.insert(said.to_owned());
    }
    life.alert = as_it_was(
        now,
        state.unwrap_or_else(|| own.state()),
        severity.unwrap_or(now.severity),
        standing.and_then(|s| s.monitor.as_deref()),
    );
    life
}

fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::from(text)).ok()
}

/// Notices that had been decided by then, the newest first.
async fn notices(
    catalog: &Catalog,
    id: &str,
    at_us: i64,
    not_recorded: &mut BTreeSet<String>,
) -> Result<Vec<StoredNotice>, Problem> {
    let mut all = catalog.notices_of(id, NOTICES_MAX).await?;
    if all.len() >= NOTICES_MAX as usize {
        let said = format!("Of very many notices only the newest {NOTICES_MAX} are looked at.");
        not_recorded.insert(said);
    }
    all.retain(|notice| notice.decided_us <= at_us);
    if all.iter().any(|notice| readable(notice).is_none()) {
        not_recorded.insert("A notice of then cannot be read and is left out.".to_owned());
    }
    Ok(all)
}

fn readable(notice: &StoredNotice) -> Option<Notice> {
    serde_json::from_value(notice.body.clone()).ok()
}

/// Objects of a kind as they stood, each with its name and since when it said so.
async fn stood<T>(
    catalog: &Catalog,
    kind: SpecKind,
    at_us: i64,
    of: impl Fn(&Object) -> Option<T>,
    not_recorded: &mut BTreeSet<String>,
) -> Result<Vec<(String, T, i64)>, Problem> {
    let mut out = Vec::new();
    for revision in catalog.specs_at(kind.name(), at_us).await? {
        let object = Object::from_value(&revision.body).ok();
        match object.as_ref().and_then(&of) {
            Some(spec) => out.push((revision.name, spec, revision.at_us)),
            None => {
                let said = format!(
                    "{kind} {} of {} cannot be read by this version and is left out.",
                    revision.name,
                    format_us(revision.at_us)
                );
                not_recorded.insert(said);
            }
        }
    }
    Ok(out)
}

async fn routes(
    catalog: &Catalog,
    at_us: i64,
    not_recorded: &mut BTreeSet<String>,
) -> Result<Vec<PastRoute>, Problem> {
    let of = |object: &Object| object.route().cloned();
    let all = stood(catalog, SpecKind::Route, at_us, of, not_recorded).await?;
    let route = |(name, spec, since_us)| PastRoute {
        name,
        spec,
        since_us,
    };
    Ok(all.into_iter().map(route).collect())
}

async fn silences(
    catalog: &Catalog,
    at_us: i64,
    not_recorded: &mut BTreeSet<String>,
) -> Result<Vec<(String, SilenceSpec)>, Problem> {
    let of = |object: &Object| object.silence().cloned();
    let all = stood(catalog, SpecKind::Silence, at_us, of, not_recorded).await?;
    Ok(all
        .into_iter()
        .map(|(name, spec, _)| (name, spec))
        .collect())
}

/// The alert that said at that time that data of a model do not arrive.
async fn lost(catalog: &Catalog, model: &str, at_us: i64) -> Result<Option<String>, Problem> {
    let filter = AlertFilter {
        model: model.to_owned(),
        from_us: Some(at_us),
        to_us: Some(at_us),
        ..AlertFilter::default()
    };
    let others = catalog.alerts(&filter, None, OTHERS_MAX).await?.items;
    for other in others.iter().filter_map(alert) {
        if other.family != Family::Service {
            continue;
        }
        let history = catalog.alert_history(&other.id).await?;
        let then = life(&other, &history, at_us, &mut BTreeSet::new());
        if then.known_us <= at_us && then.alert.state == State::Unknown {
            return Ok(Some(other.id));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_catalog::Standing;

    fn alert() -> Alert {
        serde_json::from_value(serde_json::json!({
            "id": "a", "model": "m", "family": "quality", "state": "resolved", "severity": "critical",
            "onset_us": 1, "fired_us": 10, "changed_us": 50, "resolved_us": 50, "reopened": 1, "cause": "c",
            "symptoms": [], "changes": [],
        }))
        .unwrap()
    }

    fn step(at_us: i64, name: &str, standing: Option<(&str, &str)>) -> AlertStep {
        AlertStep {
            number: 1,
            at_us,
            step: name.to_owned(),
            details: Value::Null,
            standing: standing.map(|(state, severity)| Standing {
                state: state.to_owned(),
                severity: severity.to_owned(),
                monitor: None,
                noted_us: at_us + 2,
            }),
        }
    }

    #[test]
    fn an_alert_is_known_from_when_it_was_stored_and_as_it_was_then() {
        let history = [
            step(10, "fired", Some(("unknown", "warning"))),
            step(15, "acknowledged", None),
            step(20, "grew", Some(("firing", "critical"))),
            step(30, "resolved", Some(("resolved", "critical"))),
            step(40, "reopened", Some(("firing", "warning"))),
        ];
        for (at_us, known_us, state, severity, acknowledged) in [
            (12, 12, State::Unknown, Severity::Warning, false),
            (16, 12, State::Unknown, Severity::Warning, true),
            (22, 12, State::Firing, Severity::Critical, true),
            (32, 12, State::Resolved, Severity::Critical, true),
            (42, 42, State::Firing, Severity::Warning, false),
        ] {
            let mut unsure = BTreeSet::new();
            let life = life(&alert(), &history, at_us, &mut unsure);
            let told = (life.known_us, life.alert.state, life.alert.severity);
            assert_eq!(told, (known_us, state, severity), "{at_us}");
            assert_eq!(life.acknowledged, acknowledged, "{at_us}");
            assert!(unsure.is_empty());
        }
        let before = life(&alert(), &history, 11, &mut BTreeSet::new());
        assert_eq!(before.known_us, 12, "it was found two later");
    }

    #[test]
    fn what_older_versions_did_not_record_is_said() {
        let history = [step(10, "fired", None), step(20, "lost", None)];
        let mut unsure = BTreeSet::new();
        let life = life(&alert(), &history, 25, &mut unsure);
        assert_eq!((life.known_us, life.alert.state), (10, State::Unknown));
        assert_eq!(life.alert.severity, Severity::Critical, "that of now");
        assert_eq!(unsure.len(), 1);
    }
}
