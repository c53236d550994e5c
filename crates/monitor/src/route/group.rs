//! Who belongs to a group, and what its members ask for.

use super::quiet;
use super::scene::{Life, Scene, mismatch};
use super::state::{Group, Member, Past, RouteState};
use crate::notice::group_key;
use crate::window::{HOUR_US, MINUTE_US};
use candor_contract::spec::{RouteSpec, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// How often receivers that forget are told again, at most.
const RESEND_US: i64 = 30 * MINUTE_US;
/// The waits of a route that does not say, and of one whose words are none.
const WAITS_US: (i64, i64, i64) = (MINUTE_US / 2, 5 * MINUTE_US, 4 * HOUR_US);

/// A route at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) name: &'a str,
    pub(super) spec: &'a RouteSpec,
    pub(super) wait_us: i64,
    pub(super) interval_us: i64,
    pub(super) repeat_us: i64,
    pub(super) resend_us: i64,
    pub(super) escalate_us: Option<i64>,
    /// When its quiet hours end, if it is quiet.
    pub(super) quiet_until_us: Option<i64>,
}

impl<'a> Rule<'a> {
    pub(super) fn new(name: &'a str, spec: &'a RouteSpec, now_us: i64) -> Self {
        let (wait_us, interval_us, repeat_us) = spec.waits_us().unwrap_or(WAITS_US);
        let escalate = spec.escalate.as_ref();
        Self {
            name,
            spec,
            wait_us,
            interval_us,
            repeat_us,
            resend_us: repeat_us.min(RESEND_US),
            escalate_us: escalate.and_then(|e| candor_contract::spec::span_us(&e.after)),
            quiet_until_us: quiet::until_us(&spec.quiet, now_us),
        }
    }

    /// Whether what is so bad waits until quiet hours end.
    pub(super) fn holds_back(&self, severity: Severity) -> bool {
        self.quiet_until_us.is_some() && severity < Severity::Critical
    }
}

/// Members that nobody was told of leave when they are over or not the route's any more.
pub(super) fn leave(
    route: &mut RouteState,
    rule: &Rule<'_>,
    scene: &Scene<'_>,
    past: &mut Vec<Past>,
) {
    for group in route.groups.values_mut() {
        group.members.retain(|id, member| {
            let Some(view) = scene.views.get(id.as_str()) else {
                return false;
            };
            let is_of_route = mismatch(rule.spec, view.alert, &view.labels).is_none();
            let stays = member.told.is_some() || (view.life == Life::Active && is_of_route);
            if !stays && view.life == Life::Over {
                past.push(Past {
                    route: rule.name.to_owned(),
                    alert: id.clone(),
                    first_us: None,
                    escalated_us: None,
                    left_us: scene.now_us,
                });
            }
            stays
        });
    }
    route.groups.retain(|_, group| !group.members.is_empty());
}

/// Alerts that go on and match become members, once.
pub(super) fn join(route: &mut RouteState, rule: &Rule<'_>, scene: &Scene<'_>) {
    for (id, labels) in newcomers(route, rule, scene) {
        let key = group_key(rule.name, &labels);
        let group = route.groups.entry(key).or_insert_with(|| Group {
            labels,
            ..Group::default()
        });
        let member = Member {
            joined_us: scene.now_us,
            ..Member::default()
        };
        group.members.insert(id.to_owned(), member);
    }
}

/// Alerts that will join, with the labels of their groups.
pub(super) fn newcomers<'a>(
    route: &RouteState,
    rule: &Rule<'_>,
    scene: &Scene<'a>,
) -> Vec<(&'a str, BTreeMap<String, String>)> {
    let members: BTreeSet<&str> = route
        .groups
        .values()
        .flat_map(|group| group.members.keys().map(String::as_str))
        .collect();
    scene
        .views
        .iter()
        .filter(|(id, view)| {
            view.life == Life::Active
                && !members.contains(**id)
                && mismatch(rule.spec, view.alert, &view.labels).is_none()
        })
        .map(|(id, view)| (*id, group_labels(&rule.spec.group_by, &view.labels)))
        .collect()
}

fn group_labels(by: &[String], labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    by.iter()
        .filter_map(|name| Some((name.clone(), labels.get(name)?.clone())))
        .collect()
}

/// The members of a group, by what they ask for.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Not told yet, and may be.
    pub(super) fresh: Vec<String>,
    /// Told, and over.
    pub(super) ended: Vec<String>,
    /// Told, and worse than that.
    pub(super) worse: Vec<String>,
    /// Told, and not over, whatever hides them.
    pub(super) going: Vec<String>,
    /// Of those, the ones that nothing hides.
    pub(super) audible: Vec<String>,
    /// Of those, the ones that nobody acknowledged.
    pub(super) nagging: Vec<String>,
    /// Whether some wait for the end of quiet hours.
    pub(super) waits_for_quiet: bool,
    /// When the first of the fresh ones came.
    pub(super) fresh_us: Option<i64>,
    /// When the next one must be escalated.
    pub(super) escalate_us: Option<i64>,
    /// Whether somebody looks after everything that goes on.
    pub(super) all_acknowledged: bool,
}

impl Standing {
    pub(super) fn new(group: &Group, rule: &Rule<'_>, scene: &Scene<'_>) -> Self {
        let mut standing = Self {
            all_acknowledged: true,
            ..Self::default()
        };
        for (id, member) in &group.members {
            let Some(view) = scene.views.get(id.as_str()) else {
                continue;
            };
            let told = member.told.map_or(Severity::Info, |t| t.severity);
            let held = rule.holds_back(view.alert.severity.max(told));
            standing.waits_for_quiet |= held;
            let audible = !held && !view.is_muted();
            let worse = view.alert.severity > told;
            match (member.told, view.life) {
                (None, Life::Active) if audible => {
                    standing.fresh.push(id.clone());
                    let before_us = standing.fresh_us.unwrap_or(member.joined_us);
                    standing.fresh_us = Some(before_us.min(member.joined_us));
                }
                (None, _) => {}
                (Some(_), Life::Over) if held => {}
                (Some(_), Life::Over) => standing.ended.push(id.clone()),
                (Some(told), Life::Active | Life::Pending) => {
                    standing.going.push(id.clone());
                    standing.all_acknowledged &= view.acknowledged;
                    if audible {
                        standing.hear(id, member, worse, view.acknowledged, told.first_us, rule);
                    }
                }
            }
        }
        standing.all_acknowledged &= !standing.going.is_empty();
        standing
    }

    fn hear(
        &mut self,
        id: &str,
        member: &Member,
        worse: bool,
        acknowledged: bool,
        first_us: i64,
        rule: &Rule<'_>,
    ) {
        self.audible.push(id.to_owned());
        if worse {
            self.worse.push(id.to_owned());
        }
        if acknowledged {
            return;
        }
        self.nagging.push(id.to_owned());
        if let (Some(after_us), None) = (rule.escalate_us, member.escalated_us) {
            let due_us = first_us.saturating_add(after_us);
            self.escalate_us = Some(self.escalate_us.map_or(due_us, |us| us.min(due_us)));
        }
    }

    /// Whether all that was told is over, and nothing new waits.
    pub(super) fn is_over(&self) -> bool {
        !self.ended.is_empty() && self.going.is_empty() && self.fresh.is_empty()
    }

    /// When the group's next notice is due; in the past if it must not wait.
    pub(super) fn due_us(&self, group: &Group, rule: &Rule<'_>) -> Option<i64> {
        let Some(told_us) = group.told_us else {
            return self.fresh_us.map(|us| us.saturating_add(rule.wait_us));
        };
        if self.is_over() {
            return Some(i64::MIN);
        }
        let changed = !(self.fresh.is_empty() && self.ended.is_empty() && self.worse.is_empty());
        let change_us = changed.then(|| told_us.saturating_add(rule.interval_us));
        let nags = !self.nagging.is_empty();
        let repeat_us = nags.then(|| told_us.saturating_add(rule.repeat_us));
        [change_us, repeat_us].into_iter().flatten().min()
    }
}
