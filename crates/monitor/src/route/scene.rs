//! All alerts at one instant, and what hides them.

use super::Inputs;
use crate::alert::{Alert, State};
use crate::matcher::Silence;
use crate::notice::{NoticeAlert, Status, fingerprint};
use candor_contract::spec::{Family, RouteSpec};
use std::collections::BTreeMap;

/// What routes see of an alert's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// Not worth telling yet.
    Pending,
    /// It goes on.
    Active,
    /// It is over, or withdrawn.
    Over,
}

#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) alert: &'a Alert,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) life: Life,
    pub(super) acknowledged: bool,
    pub(super) withdrawn: bool,
    pub(super) silenced_by: Vec<&'a str>,
    pub(super) inhibited_by: Option<&'a str>,
}

impl View<'_> {
    pub(super) fn is_muted(&self) -> bool {
        !self.silenced_by.is_empty() || self.inhibited_by.is_some()
    }

    /// The alert as notices tell it.
    pub(super) fn told(&self, now_us: i64) -> NoticeAlert {
        let over_us = self.alert.resolved_us.unwrap_or(self.alert.changed_us);
        let (status, ends_us) = match self.life {
            Life::Over if self.withdrawn => (Status::Resolved, Some(now_us)),
            Life::Over => (Status::Resolved, Some(over_us)),
            Life::Active | Life::Pending => (Status::Firing, None),
        };
        NoticeAlert {
            alert: self.alert.clone(),
            fingerprint: fingerprint(self.alert),
            status,
            starts_us: self.alert.onset_us,
            ends_us,
            silenced_by: self.silenced_by.iter().map(|s| (*s).to_owned()).collect(),
            acknowledged: self.acknowledged,
            withdrawn: self.withdrawn,
        }
    }
}

#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) now_us: i64,
    pub(super) views: BTreeMap<&'a str, View<'a>>,
    pub(super) silences: Vec<Silence<'a>>,
}

impl<'a> Scene<'a> {
    /// Listed alerts, and remembered ones that are not listed any more.
    pub(super) fn new(
        now_us: i64,
        inputs: Inputs<'a>,
        remembered: &'a BTreeMap<String, Alert>,
    ) -> Self {
        let silences = inputs.silences.iter();
        let silences: Vec<Silence<'a>> = silences
            .filter_map(|(id, spec)| Silence::new(id, spec))
            .collect();
        let mut views: BTreeMap<&str, View<'a>> = remembered
            .iter()
            .map(|(id, alert)| (id.as_str(), view(alert, false, true)))
            .collect();
        for listed in inputs.alerts {
            let acknowledged = listed.acknowledged || listed.alert.state == State::Acknowledged;
            let seen = view(&listed.alert, acknowledged, false);
            views.insert(&listed.alert.id, seen);
        }
        let unknown: BTreeMap<&str, &str> = views
            .values()
            .filter(|v| {
                let alert = v.alert;
                !v.withdrawn && alert.family == Family::Service && alert.state == State::Unknown
            })
            .map(|v| (v.alert.model.as_str(), v.alert.id.as_str()))
            .collect();
        for view in views.values_mut() {
            let silences = silences.iter().filter(|s| s.holds_at(now_us));
            let silences = silences.filter(|s| s.selects(&view.labels));
            view.silenced_by = silences.map(|s| s.id).collect();
            if view.alert.family == Family::Quality {
                view.inhibited_by = unknown.get(view.alert.model.as_str()).copied();
            }
        }
        Self {
            now_us,
            views,
            silences,
        }
    }
}

fn view(alert: &Alert, acknowledged: bool, withdrawn: bool) -> View<'_> {
    View {
        alert,
        labels: alert.labels(),
        life: match alert.state {
            _ if withdrawn => Life::Over,
            State::Pending => Life::Pending,
            State::Resolved => Life::Over,
            _ => Life::Active,
        },
        acknowledged,
        withdrawn,
        silenced_by: Vec::new(),
        inhibited_by: None,
    }
}

/// Why an alert is not a route's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mismatch<'a> {
    /// It has not this value of this label.
    Label(&'a str, &'a str),
    /// It is milder.
    Severity,
}

/// Whether an alert is a route's.
pub(super) fn mismatch<'a>(
    spec: &'a RouteSpec,
    alert: &Alert,
    labels: &BTreeMap<String, String>,
) -> Option<Mismatch<'a>> {
    let wrong = spec
        .matches
        .iter()
        .find(|(name, value)| labels.get(*name) != Some(*value));
    if let Some((name, value)) = wrong {
        return Some(Mismatch::Label(name, value));
    }
    let too_mild = spec.at_least.is_some_and(|least| alert.severity < least);
    too_mild.then_some(Mismatch::Severity)
}
