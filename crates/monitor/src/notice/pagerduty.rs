//! An event for PagerDuty, Events version 2. A group is one incident there.

use super::clean::{cut, cut_bytes, line};
use super::sign::short_hash;
use super::story::{answers, headline, link, why};
use super::{Notice, NoticeAlert, Status, template};
use candor_contract::format_us;
use serde_json::{Map, Value, json};

/// Bounds of PagerDuty.
const DEDUP_KEY_BYTES_MAX: usize = 255;
const SUMMARY_CHARS_MAX: usize = 1_024;
const BODY_BYTES_MAX: usize = 512 * 1_000;
/// Room for the routing key, which the caller adds.
const ROUTING_KEY_BYTES: usize = 256;
/// Alerts that are told at length.
const ALERTS_MAX: usize = 50;
const LINKS_MAX: usize = 10;

/// Everything but `routing_key`. Fewer alerts are told where they would not fit.
pub(super) fn body(notice: &Notice, external_url: &str) -> Value {
    let mut alerts_max = ALERTS_MAX;
    loop {
        let event = event(notice, external_url, alerts_max);
        if alerts_max == 0 || event.to_string().len() + ROUTING_KEY_BYTES <= BODY_BYTES_MAX {
            return event;
        }
        alerts_max /= 2;
    }
}

fn event(notice: &Notice, external_url: &str, alerts_max: usize) -> Value {
    let action = match notice.status() {
        Status::Resolved => "resolve",
        Status::Firing if notice.is_acknowledged() => "acknowledge",
        Status::Firing => "trigger",
    };
    let mut event = json!({ "event_action": action, "dedup_key": dedup_key(notice) });
    if action != "trigger" {
        return event;
    }
    let told = || notice.alerts.iter().take(alerts_max);
    let model = notice.common_labels.get("model");
    event["payload"] = json!({
        "summary": cut(&template::title(notice, external_url), SUMMARY_CHARS_MAX),
        "source": model.map_or("candor", String::as_str),
        // The words are the same.
        "severity": notice.severity().name(),
        "timestamp": format_us(notice.at_us),
        "component": notice.common_labels.get("column"),
        "group": line(&notice.group_key, SUMMARY_CHARS_MAX),
        "class": notice.common_labels.get("measure"),
        "custom_details": {
            "why": why(notice),
            "firing": notice.alerts.iter().filter(|a| a.status == Status::Firing).count(),
            "resolved": notice.alerts.iter().filter(|a| a.status == Status::Resolved).count(),
            "alerts": told().map(|a| details(a, external_url)).collect::<Vec<_>>(),
        },
    });
    if let Some(text) = template::text(notice, external_url) {
        event["payload"]["custom_details"]["text"] = text.into();
    }
    event["links"] = told()
        .take(LINKS_MAX)
        .map(|a| json!({ "href": link(a, external_url), "text": headline(a) }))
        .collect();
    event["client"] = "Candor".into();
    event["client_url"] = external_url.into();
    event
}

fn details(told: &NoticeAlert, external_url: &str) -> Map<String, Value> {
    let status = ("status".to_owned(), told.status.name().into());
    let answers = answers(told, external_url);
    let answers = answers
        .into_iter()
        .map(|(q, text)| (q.to_lowercase().replace(' ', "_"), text.into()));
    std::iter::once(status).chain(answers).collect()
}

/// The same for all events of a group, so that they are one incident. Escalations are another one, since the
/// first may already page the same service.
fn dedup_key(notice: &Notice) -> String {
    let end = if notice.escalation { "/escalation" } else { "" };
    let key = format!("candor/{}{end}", notice.group_key);
    if key.len() <= DEDUP_KEY_BYTES_MAX && key.is_ascii() {
        return key;
    }
    let hash = short_hash(&key);
    let kept = cut_bytes(&key, DEDUP_KEY_BYTES_MAX - hash.len() - 1);
    format!("{kept}/{hash}")
}
