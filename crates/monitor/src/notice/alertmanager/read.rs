//! Answers in Alertmanager's form, for its own command line and everything that reads from one.

use crate::alert::{Alert, State};
use crate::matcher::Matchers;
use crate::notice::webhook::annotations;
use crate::notice::{NoticeAlert, Status, fingerprint, group_key, story};
use crate::window::MINUTE_US;
use candor_contract::spec::{Matcher, SilenceSpec};
use candor_contract::{format_us, parse_us};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When an alert that goes on would end if nobody asked again, as Alertmanager's `resolve_timeout`.
const RESOLVE_TIMEOUT_US: i64 = 5 * MINUTE_US;

/// A receiver, which for Candor is a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NamedReceiver {
    /// Its name.
    pub name: String,
}

/// Whether people are told of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// No route was asked yet: breaches were seen, not enough of them.
    Unprocessed,
    /// They are.
    Active,
    /// A silence or another alert hides it.
    Suppressed,
}

/// What hides an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertStatus {
    /// Whether anything does.
    pub state: AlertState,
    /// Silences.
    pub silenced_by: Vec<String>,
    /// Fingerprints of alerts.
    pub inhibited_by: Vec<String>,
    /// Routes in their quiet hours.
    pub muted_by: Vec<String>,
}

/// An entry of `GET /api/v2/alerts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GettableAlert {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Texts.
    pub annotations: BTreeMap<String, String>,
    /// Start of the first breaching window.
    pub starts_at: String,
    /// When it was over; a little from now while it goes on.
    pub ends_at: String,
    /// When the engine changed it last.
    pub updated_at: String,
    /// Its page.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// The same through its life.
    pub fingerprint: String,
    /// Routes that it matches.
    pub receivers: Vec<NamedReceiver>,
    /// What hides it.
    pub status: AlertStatus,
}

/// What is known of an alert beside itself; [`crate::route::muting`] tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Whether somebody looks after it.
    pub acknowledged: bool,
    /// Routes that it matches.
    pub routes: Vec<String>,
    /// Silences that hide it.
    pub silenced_by: Vec<String>,
    /// Fingerprints of alerts that explain it away.
    pub inhibited_by: Vec<String>,
    /// Routes that wait until their quiet hours are over.
    pub muted_by: Vec<String>,
}

/// An alert in Alertmanager's form.
pub fn gettable_alert(
    alert: &Alert,
    shown: &Shown,
    now_us: i64,
    external_url: &str,
) -> GettableAlert {
    let is_over = alert.state == State::Resolved;
    let told = NoticeAlert {
        fingerprint: fingerprint(alert),
        status: if is_over {
            Status::Resolved
        } else {
            Status::Firing
        },
        starts_us: alert.onset_us,
        ends_us: alert.resolved_us,
        silenced_by: shown.silenced_by.clone(),
        acknowledged: shown.acknowledged,
        withdrawn: false,
        alert: alert.clone(),
    };
    let ends_us = if is_over {
        alert.resolved_us.unwrap_or(alert.changed_us)
    } else {
        now_us.saturating_add(RESOLVE_TIMEOUT_US)
    };
    let hidden = !shown.silenced_by.is_empty() || !shown.inhibited_by.is_empty();
    GettableAlert {
        labels: super::labels(alert.labels()),
        annotations: annotations(&told, external_url),
        starts_at: format_us(alert.onset_us),
        ends_at: format_us(ends_us),
        updated_at: format_us(alert.changed_us),
        generator_url: story::link(&told, external_url),
        fingerprint: told.fingerprint,
        receivers: named(&shown.routes),
        status: AlertStatus {
            state: match alert.state {
                State::Pending => AlertState::Unprocessed,
                _ if hidden => AlertState::Suppressed,
                _ => AlertState::Active,
            },
            silenced_by: shown.silenced_by.clone(),
            inhibited_by: shown.inhibited_by.clone(),
            muted_by: shown.muted_by.clone(),
        },
    }
}

fn named(routes: &[String]) -> Vec<NamedReceiver> {
    let named = |name: &String| NamedReceiver { name: name.clone() };
    routes.iter().map(named).collect()
}

/// An entry of `GET /api/v2/alerts/groups`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertGroup {
    /// Labels that its alerts share.
    pub labels: BTreeMap<String, String>,
    /// The route.
    pub receiver: NamedReceiver,
    /// Its alerts.
    pub alerts: Vec<GettableAlert>,
}

/// Alerts in groups, by route and by the labels that it groups by: each alert is in one group of every route
/// that it matches.
pub fn groups(
    alerts: &[GettableAlert],
    group_by: &BTreeMap<String, Vec<String>>,
) -> Vec<AlertGroup> {
    let mut groups: BTreeMap<String, AlertGroup> = BTreeMap::new();
    for alert in alerts {
        for receiver in &alert.receivers {
            let by = group_by.get(&receiver.name).into_iter().flatten();
            let labels: BTreeMap<String, String> = by
                .filter_map(|name| Some((name.clone(), alert.labels.get(name)?.clone())))
                .collect();
            let key = group_key(&receiver.name, &labels);
            let group = groups.entry(key).or_insert_with(|| AlertGroup {
                labels,
                receiver: receiver.clone(),
                alerts: Vec::new(),
            });
            group.alerts.push(alert.clone());
        }
    }
    groups.into_values().collect()
}

/// A matcher in Alertmanager's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SilenceMatcher {
    /// The label.
    pub name: String,
    /// The value or expression.
    pub value: String,
    /// Whether it is an expression.
    pub is_regex: bool,
    /// Whether it must match rather than must not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

const fn yes() -> bool {
    true
}

/// Whether a silence is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SilenceState {
    /// Over.
    Expired,
    /// In force.
    Active,
    /// Not yet.
    Pending,
}

/// See [`SilenceState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceStatus {
    /// Whether it is in force.
    pub state: SilenceState,
}

/// An entry of `GET /api/v2/silences`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GettableSilence {
    /// Its name.
    pub id: String,
    /// All must hold.
    pub matchers: Vec<SilenceMatcher>,
    /// From when on.
    pub starts_at: String,
    /// Until when.
    pub ends_at: String,
    /// Who asked for it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// When it was written last.
    pub updated_at: String,
    /// Whether it is in force.
    pub status: SilenceStatus,
}

/// The body of `POST /api/v2/silences`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostableSilence {
    /// The silence that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All must hold.
    pub matchers: Vec<SilenceMatcher>,
    /// From when on.
    pub starts_at: String,
    /// Until when.
    pub ends_at: String,
    /// Who asks for it.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// A silence in Alertmanager's form. `written_us` is when it was written, from when it holds if it does not say.
pub fn gettable_silence(
    id: &str,
    spec: &SilenceSpec,
    written_us: i64,
    now_us: i64,
) -> GettableSilence {
    let from_us = spec
        .from
        .as_deref()
        .and_then(parse_us)
        .unwrap_or(written_us);
    let to_us = parse_us(&spec.to).unwrap_or(written_us);
    let state = match now_us {
        now if now >= to_us => SilenceState::Expired,
        now if now < from_us => SilenceState::Pending,
        _ => SilenceState::Active,
    };
    GettableSilence {
        id: id.to_owned(),
        matchers: spec
            .matchers
            .iter()
            .map(|m| SilenceMatcher {
                name: m.name.clone(),
                value: m.value.clone(),
                is_regex: m.regex,
                is_equal: !m.not,
            })
            .collect(),
        starts_at: format_us(from_us),
        ends_at: format_us(to_us),
        created_by: spec.by.clone().unwrap_or_default(),
        comment: spec.why.clone(),
        updated_at: format_us(written_us),
        status: SilenceStatus { state },
    }
}

/// Why a posted silence is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// It would hide everything.
    #[error(
        "A silence needs a matcher that an absent label does not satisfy, else it would hide everything"
    )]
    Everything,
    /// A time is none.
    #[error("`{0}` is no time. Write it as 2026-11-29T18:00:00Z")]
    Time(String),
    /// It is over before it begins, or already.
    #[error("The silence ends before it begins, or has ended")]
    Ended,
    /// An expression is none.
    #[error(transparent)]
    Expression(#[from] crate::matcher::BadExpression),
}

/// The spec of a silence that was posted in Alertmanager's form.
pub fn silence_spec(posted: &PostableSilence, now_us: i64) -> Result<SilenceSpec, SilenceError> {
    let time = |text: &str| parse_us(text).ok_or_else(|| SilenceError::Time(text.to_owned()));
    let (from_us, to_us) = (time(&posted.starts_at)?, time(&posted.ends_at)?);
    if to_us <= from_us || to_us <= now_us {
        return Err(SilenceError::Ended);
    }
    let matchers: Vec<Matcher> = posted
        .matchers
        .iter()
        .map(|m| Matcher {
            name: m.name.clone(),
            value: m.value.clone(),
            regex: m.is_regex,
            not: !m.is_equal,
        })
        .collect();
    if matchers.is_empty() || Matchers::new(&matchers)?.hold(&BTreeMap::new()) {
        return Err(SilenceError::Everything);
    }
    Ok(SilenceSpec {
        matchers,
        from: Some(format_us(from_us)),
        to: format_us(to_us),
        by: Some(posted.created_by.clone()).filter(|by| !by.is_empty()),
        why: posted.comment.clone(),
        maintenance: false,
    })
}

/// The answer of `GET /api/v2/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerStatus {
    /// One server, which needs no gossip.
    pub cluster: Cluster,
    /// What answers.
    pub version_info: Versions,
    /// The configuration; empty, since routes are objects of their own.
    pub config: Config,
    /// When it started.
    pub uptime: String,
}

/// Alertmanager's cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// `disabled`.
    pub status: String,
    /// None.
    pub peers: Vec<String>,
}

/// Which build answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// The version of Candor.
    pub version: String,
    /// Commit.
    pub revision: String,
    /// Branch.
    pub branch: String,
    /// Who built it.
    pub build_user: String,
    /// When.
    pub build_date: String,
    /// The language: Alertmanager's field, which clients expect to be there.
    pub go_version: String,
}

/// Alertmanager's configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Its text.
    pub original: String,
}

impl ServerStatus {
    /// The status of a Candor of this version that started then.
    pub fn new(version: &str, started_us: i64) -> Self {
        Self {
            cluster: Cluster {
                status: "disabled".to_owned(),
                peers: Vec::new(),
            },
            version_info: Versions {
                version: version.to_owned(),
                ..Versions::default()
            },
            config: Config::default(),
            uptime: format_us(started_us),
        }
    }
}
