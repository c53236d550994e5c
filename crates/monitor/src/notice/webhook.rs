//! Alertmanager's webhook payload, version 4.

use super::story::{self, why};
use super::{Notice, NoticeAlert, Status, template};
use candor_contract::format_us;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Alerts in one payload; `truncatedAlerts` counts the rest.
const ALERTS_MAX: usize = 200;

/// The time that stands for none.
pub(super) const NO_TIME: &str = "0001-01-01T00:00:00Z";

pub(super) fn body(notice: &Notice, external_url: &str) -> Value {
    let alerts = &notice.alerts[..notice.alerts.len().min(ALERTS_MAX)];
    let annotated: Vec<_> = alerts
        .iter()
        .map(|a| (a, annotated(notice, a, external_url)))
        .collect();
    json!({
        "version": "4",
        "groupKey": notice.group_key,
        "truncatedAlerts": notice.alerts.len() - alerts.len(),
        "status": notice.status().name(),
        "receiver": notice.route,
        "groupLabels": notice.group_labels,
        "commonLabels": notice.common_labels,
        "commonAnnotations": common(annotated.iter().map(|(_, a)| a)),
        "routeLabels": { "route": notice.route },
        "externalURL": external_url,
        "notification_reason": notice.reason.word(),
        "candor": {
            "key": notice.key,
            "at": format_us(notice.at_us),
            "reason": notice.reason,
            "why": why(notice),
            "escalation": notice.escalation,
        },
        "alerts": annotated.iter().map(|(a, annotations)| alert(a, annotations, external_url))
            .collect::<Vec<_>>(),
    })
}

fn alert(told: &NoticeAlert, annotations: &BTreeMap<String, String>, external_url: &str) -> Value {
    json!({
        "status": told.status.name(),
        "labels": told.alert.labels(),
        "annotations": annotations,
        "startsAt": format_us(told.starts_us),
        "endsAt": told.ends_us.map_or_else(|| NO_TIME.to_owned(), format_us),
        "generatorURL": story::link(told, external_url),
        "fingerprint": told.fingerprint,
    })
}

/// Annotations of an alert: the texts that people read, by stable names.
pub(super) fn annotations(told: &NoticeAlert, external_url: &str) -> BTreeMap<String, String> {
    let names = [
        ("What", "description"),
        ("How sure", "evidence"),
        ("Likely cause", "cause"),
        ("Changed nearby", "changes"),
        ("Also", "other_symptoms"),
        ("Silenced by", "silenced_by"),
        ("Look", "link"),
    ];
    let answers = story::answers(told, external_url);
    let mut annotations: BTreeMap<String, String> = names
        .iter()
        .filter_map(|(question, name)| {
            let (_, text) = answers.iter().find(|(q, _)| q == question)?;
            Some(((*name).to_owned(), text.clone()))
        })
        .collect();
    annotations.insert("summary".to_owned(), story::headline(told));
    if told.acknowledged && told.status == Status::Firing {
        annotations.insert("acknowledged".to_owned(), "true".to_owned());
    }
    if told.withdrawn {
        annotations.insert("withdrawn".to_owned(), "true".to_owned());
    }
    annotations
}

/// Annotations of an alert in a notice: two of them read as the route says, if it does.
pub(super) fn annotated(
    notice: &Notice,
    told: &NoticeAlert,
    external_url: &str,
) -> BTreeMap<String, String> {
    let mut annotations = annotations(told, external_url);
    let (title, text) = template::of_alert(notice, told, external_url);
    for (name, own) in [("summary", title), ("description", text)] {
        if let Some(own) = own.filter(|text| !text.is_empty()) {
            annotations.insert(name.to_owned(), own);
        }
    }
    annotations
}

fn common<'a>(mut all: impl Iterator<Item = &'a BTreeMap<String, String>>) -> Map<String, Value> {
    let mut common = all.next().cloned().unwrap_or_default();
    for annotations in all {
        common.retain(|name, text| annotations.get(name) == Some(text));
    }
    common.into_iter().map(|(n, t)| (n, t.into())).collect()
}
