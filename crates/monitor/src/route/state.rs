//! What a router knows between steps.

use super::scene::Scene;
use crate::alert::Alert;
use candor_contract::spec::Severity;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Ends that are remembered for those who ask why.
const PAST_MAX: usize = 1_000;

/// What a [`super::Router`] knows between steps. To be kept as JSON; empty at first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RouterState {
    /// Number of the last notice.
    #[serde(default)]
    pub(super) sequence: u64,
    #[serde(default)]
    pub(super) routes: BTreeMap<String, RouteState>,
    /// Alerts of all groups as they were seen last, should they be withdrawn; without most of their windows.
    #[serde(default)]
    pub(super) alerts: BTreeMap<String, Alert>,
    /// How alerts left, oldest first.
    #[serde(default)]
    pub(super) past: Vec<Past>,
}

/// What was told by a route.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RouteState {
    #[serde(default)]
    pub(super) groups: BTreeMap<String, Group>,
    /// Silences that hid something, by name.
    #[serde(default)]
    pub(super) silences: BTreeMap<String, Hidden>,
}

impl RouteState {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.silences.is_empty()
    }

    pub(super) fn member(&self, alert: &str) -> Option<(&Group, &Member)> {
        self.groups
            .values()
            .find_map(|group| Some((group, group.members.get(alert)?)))
    }
}

/// Alerts that are told together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) members: BTreeMap<String, Member>,
    /// When its first notice went out; it begins anew when all that was told is over.
    pub(super) first_us: Option<i64>,
    /// When its last notice went out.
    pub(super) told_us: Option<i64>,
    /// When receivers that forget were told of all of it.
    pub(super) refreshed_us: Option<i64>,
    /// Whether those who keep count of it know that all of it is acknowledged.
    #[serde(default)]
    pub(super) acknowledged: bool,
}

/// An alert of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) joined_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<Told>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) escalated_us: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) acknowledged: bool,
    /// The alert that explains it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inhibited_by: Option<String>,
}

/// How an alert was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) first_us: i64,
    pub(super) last_us: i64,
    pub(super) times: u32,
    /// The worst that was told.
    pub(super) severity: Severity,
}

/// What a silence hid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hidden {
    pub(super) by: Option<String>,
    pub(super) why: String,
    pub(super) to_us: i64,
    /// When it hid something first.
    pub(super) since_us: i64,
    pub(super) alerts: BTreeSet<String>,
    /// Whether its beginning was told.
    pub(super) told: bool,
}

/// How an alert left a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    pub(super) route: String,
    pub(super) alert: String,
    /// When it was told first; `None` if it was over before.
    pub(super) first_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) escalated_us: Option<i64>,
    /// When it left.
    pub(super) left_us: i64,
}

impl RouterState {
    /// The ids of alerts that must stay on the list of inputs, since their end was not told yet.
    pub fn open(&self) -> BTreeSet<&str> {
        let groups = self.routes.values().flat_map(|route| route.groups.values());
        groups
            .flat_map(|group| group.members.keys().map(String::as_str))
            .collect()
    }

    pub(super) fn remember(&mut self, scene: &Scene<'_>) {
        let open: BTreeSet<String> = self.open().into_iter().map(str::to_owned).collect();
        for id in open {
            if let Some(view) = scene.views.get(id.as_str()) {
                self.alerts.insert(id, brief(view.alert));
            }
        }
        for route in self.routes.values_mut() {
            for (id, member) in route.groups.values_mut().flat_map(|g| &mut g.members) {
                if let Some(view) = scene.views.get(id.as_str()) {
                    member.acknowledged = view.acknowledged;
                    member.inhibited_by = view.inhibited_by.map(str::to_owned);
                }
            }
        }
    }

    pub(super) fn forget_past(&mut self) {
        let over = self.past.len().saturating_sub(PAST_MAX);
        self.past.drain(..over);
    }
}

/// An alert with the one window of each symptom that is told.
fn brief(alert: &Alert) -> Alert {
    let mut alert = alert.clone();
    for symptom in &mut alert.symptoms {
        let points = &symptom.points;
        let told = points.iter().rposition(|p| p.breach);
        let told = told.or(points.len().checked_sub(1));
        symptom.points = told.map(|at| symptom.points[at]).into_iter().collect();
    }
    alert
}
