//! What people and machines are told of alerts, and the bytes in which it goes to each kind of receiver.
//!
//! A [`Notice`] is made by [`crate::route`]; [`payload`] turns it into the body of a request, a mail or a line.
//! Nothing here sends: addresses, keys and retries are the caller's.

pub mod alertmanager;
mod clean;
mod email;
mod pagerduty;
mod payload;
mod sign;
mod slack;
mod story;
mod template;
#[cfg(test)]
mod tests;
mod webhook;

pub use email::{Email, email};
pub use payload::{Payload, payload};
pub use sign::{SIGNATURE_HEADER, sign};
pub use story::title;
pub(crate) use story::when;

use crate::alert::Alert;
use candor_contract::spec::{Receiver, Severity, Template};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing was told of the group yet.
    FirstNotification,
    /// Alerts came to the group.
    NewAlertsAdded,
    /// Some are over.
    SomeAlertsResolved,
    /// All that were told are over.
    AllAlertsResolved,
    /// Nothing changed for long.
    RepeatIntervalElapsed,
    /// An alert is worse than what was told.
    GotWorse,
    /// Somebody looks after all of them; told only to receivers that keep count of it.
    Acknowledged,
    /// Nobody acknowledged in time.
    Escalated,
    /// Nothing is new: the receiver forgets what is not sent again.
    Refreshed,
    /// A silence began to hide alerts.
    SilenceStarted,
    /// A silence that hid alerts is over.
    SilenceEnded,
}

impl Reason {
    /// The word of Alertmanager's `notification_reason`; `unknown` where it has none.
    pub const fn word(self) -> &'static str {
        match self {
            Reason::FirstNotification => "first notification",
            Reason::NewAlertsAdded => "new alerts added",
            Reason::SomeAlertsResolved => "some alerts resolved",
            Reason::AllAlertsResolved => "all alerts resolved",
            Reason::RepeatIntervalElapsed => "repeat interval elapsed",
            _ => "unknown",
        }
    }

    /// What people read, e.g. `nobody acknowledged in time`.
    pub const fn sentence(self) -> &'static str {
        match self {
            Reason::FirstNotification => "first notice of this group",
            Reason::NewAlertsAdded => "alerts came to this group",
            Reason::SomeAlertsResolved => "some alerts are over",
            Reason::AllAlertsResolved => "all alerts are over",
            Reason::RepeatIntervalElapsed => "nothing changed, and it goes on",
            Reason::GotWorse => "it got worse",
            Reason::Acknowledged => "somebody looks after it",
            Reason::Escalated => "nobody acknowledged in time",
            Reason::Refreshed => "sent again so that it is not forgotten",
            Reason::SilenceStarted => "a silence hides alerts",
            Reason::SilenceEnded => "a silence that hid alerts is over",
        }
    }
}

/// Whether an alert goes on, as receivers know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It goes on.
    Firing,
    /// It is over.
    Resolved,
}

impl Status {
    /// The word, e.g. `firing`.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Firing => "firing",
            Status::Resolved => "resolved",
        }
    }
}

/// An alert as a notice tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeAlert {
    /// The alert as it was then.
    pub alert: Alert,
    /// Sixteen hex digits that stay the same through its life.
    pub fingerprint: String,
    /// Whether it goes on.
    pub status: Status,
    /// Start of the first breaching window.
    pub starts_us: i64,
    /// When it was over.
    pub ends_us: Option<i64>,
    /// Silences that hide it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silenced_by: Vec<String>,
    /// Whether somebody looks after it.
    #[serde(default)]
    pub acknowledged: bool,
    /// Nobody watches any more (the monitor or model was taken away), so that nobody knows whether it is over.
    #[serde(default)]
    pub withdrawn: bool,
}

/// The silence of which a notice tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSilence {
    /// Its name.
    pub id: String,
    /// Who asked for it.
    pub by: Option<String>,
    /// Why.
    pub why: String,
    /// Until when.
    pub to_us: i64,
    /// How many alerts it hid so far.
    pub hidden: usize,
}

/// One message to one receiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Unique: route, place of the receiver, group, time and number. An outbox keeps one of a key.
    pub key: String,
    /// What messages of one life of a group have in common, for mails that belong together.
    pub thread: String,
    /// The route.
    pub route: String,
    /// Who is told.
    pub receiver: Receiver,
    /// When.
    pub at_us: i64,
    /// Why.
    pub reason: Reason,
    /// Route and group labels, e.g. `oncall:{model="credit-risk"}`.
    pub group_key: String,
    /// Labels by which its alerts are together.
    pub group_labels: BTreeMap<String, String>,
    /// Labels that all its alerts have.
    pub common_labels: BTreeMap<String, String>,
    /// Its alerts: what goes on before what is over, worst and oldest first.
    pub alerts: Vec<NoticeAlert>,
    /// The silence, if it tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<NoticeSilence>,
    /// Whether it goes to those who are told when nobody acknowledges.
    pub escalation: bool,
    /// How often receivers that forget are told again.
    pub resend_us: i64,
    /// How it reads, if its route says so. What tells of a silence reads as always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
}

impl Notice {
    /// Firing if any of its alerts is.
    pub fn status(&self) -> Status {
        if self.alerts.iter().any(|a| a.status == Status::Firing) {
            Status::Firing
        } else {
            Status::Resolved
        }
    }

    /// Whether somebody looks after everything in it that goes on.
    pub fn is_acknowledged(&self) -> bool {
        let mut firing = self.firing().peekable();
        firing.peek().is_some() && firing.all(|a| a.acknowledged)
    }

    /// The worst severity of what goes on, or of all if nothing does.
    pub fn severity(&self) -> Severity {
        let worst = self.firing().map(|a| a.alert.severity).max();
        worst
            .or_else(|| self.alerts.iter().map(|a| a.alert.severity).max())
            .unwrap_or(Severity::Info)
    }

    fn firing(&self) -> impl Iterator<Item = &NoticeAlert> {
        self.alerts.iter().filter(|a| a.status == Status::Firing)
    }
}

/// The fingerprint of an alert: Alertmanager's FNV-1a over the labels that never change while it lives.
pub fn fingerprint(alert: &Alert) -> String {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let labels = [
        ("alert", alert.id.as_str()),
        ("family", alert.family.name()),
        ("model", alert.model.as_str()),
    ];
    for part in labels.iter().flat_map(|(name, value)| [*name, *value]) {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

/// The key of a group: the route and its labels in order, values in quotes.
pub fn group_key(route: &str, labels: &BTreeMap<String, String>) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{route}:{{{}}}", labels.join(","))
}

/// Labels that all alerts have with the same value.
pub fn common_labels<'a>(
    alerts: impl IntoIterator<Item = &'a NoticeAlert>,
) -> BTreeMap<String, String> {
    let mut all = alerts.into_iter().map(|a| a.alert.labels());
    let Some(mut common) = all.next() else {
        return BTreeMap::new();
    };
    for labels in all {
        common.retain(|name, value| labels.get(name) == Some(value));
    }
    common
}
