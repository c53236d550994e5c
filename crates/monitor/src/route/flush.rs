//! The notices of a group.

use super::group::{Rule, Standing};
use super::scene::Scene;
use super::state::{Group, Past, Told};
use crate::notice::{Notice, NoticeAlert, NoticeSilence, Reason, Status, common_labels};
use candor_contract::spec::Receiver;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What a notice says, before receivers are known.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) reason: Reason,
    pub(super) key: &'a str,
    pub(super) labels: &'a BTreeMap<String, String>,
    pub(super) since_us: i64,
    pub(super) alerts: Vec<NoticeAlert>,
    pub(super) silence: Option<NoticeSilence>,
}

/// Notices of a step.
#[derive(Debug)]
pub(super) struct Outbox {
    now_us: i64,
    pub(super) sequence: u64,
    pub(super) notices: Vec<Notice>,
}

impl Outbox {
    pub(super) const fn new(now_us: i64, sequence: u64) -> Self {
        Self {
            now_us,
            sequence,
            notices: Vec::new(),
        }
    }

    /// Tells the route's receivers, or those of its escalation, as far as they want to know.
    pub(super) fn send(
        &mut self,
        rule: &Rule<'_>,
        escalation: bool,
        wants: impl Fn(&Receiver) -> bool,
        mut draft: Draft<'_>,
    ) {
        let receivers = match &rule.spec.escalate {
            Some(escalate) if escalation => escalate.receivers.as_slice(),
            None if escalation => &[],
            _ => rule.spec.receivers.as_slice(),
        };
        draft.alerts.sort_by(|a, b| {
            let order = |x: &NoticeAlert| {
                let is_over = x.status == Status::Resolved;
                (is_over, Reverse(x.alert.severity), x.starts_us)
            };
            order(a)
                .cmp(&order(b))
                .then_with(|| a.alert.id.cmp(&b.alert.id))
        });
        self.sequence += 1;
        for (at, receiver) in receivers.iter().enumerate().filter(|(_, r)| wants(r)) {
            let step = if escalation { "escalate-" } else { "" };
            let place = format!("{}/{step}{}-{at}", draft.key, receiver.kind());
            self.notices.push(Notice {
                key: format!("{place}/{}-{}", self.now_us, self.sequence),
                thread: format!("{place}/{}", draft.since_us),
                route: rule.name.to_owned(),
                receiver: receiver.clone(),
                at_us: self.now_us,
                reason: draft.reason,
                group_key: draft.key.to_owned(),
                group_labels: draft.labels.clone(),
                common_labels: common_labels(&draft.alerts),
                alerts: draft.alerts.clone(),
                silence: draft.silence.clone(),
                escalation,
                resend_us: rule.resend_us,
                // Words about alerts would mislead about a silence.
                template: rule
                    .spec
                    .template
                    .clone()
                    .filter(|_| draft.silence.is_none()),
            });
        }
    }
}

/// Everything that a group has to say now: news or a repetition, acknowledgement, escalation, and what some
/// receivers would forget.
pub(super) fn tell(
    key: &str,
    group: &mut Group,
    rule: &Rule<'_>,
    scene: &Scene<'_>,
    out: &mut Outbox,
    past: &mut Vec<Past>,
) {
    let now_us = scene.now_us;
    let mut desk = Desk {
        key,
        rule,
        scene,
        out,
    };
    let standing = Standing::new(group, rule, scene);
    if standing.due_us(group, rule).is_some_and(|us| us <= now_us) {
        desk.news(group, &standing, past);
    }
    let standing = Standing::new(group, rule, scene);
    desk.acknowledgement(group, &standing);
    if standing.escalate_us.is_some_and(|us| us <= now_us) {
        desk.escalation(group, &standing);
    }
    if refresh_us(group, rule, &standing).is_some_and(|us| us <= now_us) {
        desk.refresh(group, &standing);
    }
}

/// When receivers that forget must be told again.
pub(super) fn refresh_us(group: &Group, rule: &Rule<'_>, standing: &Standing) -> Option<i64> {
    let escalated = rule.spec.escalate.iter().flat_map(|e| &e.receivers);
    let wanted = rule.spec.receivers.iter().chain(escalated).any(forgets);
    let told_us = group
        .refreshed_us
        .filter(|_| wanted && !standing.going.is_empty())?;
    Some(told_us.saturating_add(rule.resend_us))
}

/// Whether a receiver forgets what is not sent again.
const fn forgets(receiver: &Receiver) -> bool {
    matches!(receiver, Receiver::Alertmanager { .. })
}

/// Whether a receiver keeps count of who looks after something.
const fn counts(receiver: &Receiver) -> bool {
    matches!(receiver, Receiver::Pagerduty { .. })
}

struct Desk<'a, 'b> {
    key: &'a str,
    rule: &'a Rule<'b>,
    scene: &'a Scene<'b>,
    out: &'a mut Outbox,
}

impl Desk<'_, '_> {
    /// Tells what is new, and with it everything that goes on.
    fn news(&mut self, group: &mut Group, standing: &Standing, past: &mut Vec<Past>) {
        let now_us = self.scene.now_us;
        let reason = reason(group, standing);
        group.first_us.get_or_insert(now_us);
        let goes_on = || standing.fresh.iter().chain(&standing.audible);
        let told: Vec<&String> = goes_on().chain(&standing.ended).collect();
        self.send(group, false, reason, |_| true, &told);
        // Whoever was told because nobody acknowledged is told how it ends.
        let was_escalated = |id: &&String| {
            let member = group.members.get(*id);
            member.is_some_and(|m| m.escalated_us.is_some())
        };
        let ended: Vec<&String> = standing.ended.iter().filter(was_escalated).collect();
        if !ended.is_empty() {
            let others: Vec<&String> = standing.audible.iter().filter(was_escalated).collect();
            let reason = if others.is_empty() {
                Reason::AllAlertsResolved
            } else {
                Reason::SomeAlertsResolved
            };
            let told = [others, ended].concat();
            self.send(group, true, reason, |_| true, &told);
        }
        for id in goes_on() {
            if let (Some(member), Some(view)) =
                (group.members.get_mut(id), self.scene.views.get(id.as_str()))
            {
                let severity = view.alert.severity;
                let told = member.told.get_or_insert(Told {
                    first_us: now_us,
                    last_us: now_us,
                    times: 0,
                    severity,
                });
                told.last_us = now_us;
                told.times = told.times.saturating_add(1);
                told.severity = told.severity.max(severity);
            }
        }
        for id in &standing.ended {
            let member = group.members.remove(id).unwrap_or_default();
            past.push(Past {
                route: self.rule.name.to_owned(),
                alert: id.clone(),
                first_us: member.told.map(|t| t.first_us),
                escalated_us: member.escalated_us,
                left_us: now_us,
            });
        }
        group.told_us = Some(now_us);
        if standing.audible.len() == standing.going.len() {
            group.refreshed_us = Some(now_us);
        } else {
            group.refreshed_us.get_or_insert(now_us);
        }
        // The payload says so itself.
        group.acknowledged = Standing::new(group, self.rule, self.scene).all_acknowledged;
        if group.members.values().all(|m| m.told.is_none()) {
            *group = Group {
                labels: std::mem::take(&mut group.labels),
                members: std::mem::take(&mut group.members),
                ..Group::default()
            };
        }
    }

    /// Those who keep count learn when somebody looks after all of it.
    fn acknowledgement(&mut self, group: &mut Group, standing: &Standing) {
        if standing.all_acknowledged && !group.acknowledged {
            let all: Vec<&String> = standing.going.iter().collect();
            self.send(group, false, Reason::Acknowledged, counts, &all);
            let escalated = escalated(group, standing);
            if !escalated.is_empty() {
                self.send(group, true, Reason::Acknowledged, counts, &escalated);
            }
        }
        group.acknowledged = standing.all_acknowledged;
    }

    /// What nobody acknowledged in time is told to others, once.
    fn escalation(&mut self, group: &mut Group, standing: &Standing) {
        let now_us = self.scene.now_us;
        let after_us = self.rule.escalate_us.unwrap_or_default();
        let is_due = |id: &&String| {
            group.members.get(*id).is_some_and(|m| {
                let told_us = m.told.map(|t| t.first_us.saturating_add(after_us));
                m.escalated_us.is_none() && told_us.is_some_and(|us| us <= now_us)
            })
        };
        let due: Vec<&String> = standing.nagging.iter().filter(is_due).collect();
        self.send(group, true, Reason::Escalated, |_| true, &due);
        for id in due {
            if let Some(member) = group.members.get_mut(id) {
                member.escalated_us = Some(now_us);
            }
        }
    }

    /// Receivers that forget are told of everything that goes on, hidden or not.
    fn refresh(&mut self, group: &mut Group, standing: &Standing) {
        let all: Vec<&String> = standing.going.iter().collect();
        self.send(group, false, Reason::Refreshed, forgets, &all);
        let escalated = escalated(group, standing);
        if !escalated.is_empty() {
            self.send(group, true, Reason::Refreshed, forgets, &escalated);
        }
        group.refreshed_us = Some(self.scene.now_us);
    }

    fn send(
        &mut self,
        group: &Group,
        escalation: bool,
        reason: Reason,
        wants: impl Fn(&Receiver) -> bool,
        ids: &[&String],
    ) {
        let now_us = self.scene.now_us;
        let views = ids
            .iter()
            .filter_map(|id| self.scene.views.get(id.as_str()));
        let draft = Draft {
            reason,
            key: self.key,
            labels: &group.labels,
            since_us: group.first_us.unwrap_or(now_us),
            alerts: views.map(|view| view.told(now_us)).collect(),
            silence: None,
        };
        self.out.send(self.rule, escalation, wants, draft);
    }
}

fn escalated<'a>(group: &Group, standing: &'a Standing) -> Vec<&'a String> {
    let was = |id: &&String| {
        group
            .members
            .get(*id)
            .is_some_and(|m| m.escalated_us.is_some())
    };
    standing.going.iter().filter(was).collect()
}

/// Why a notice is due, in the order in which Alertmanager asks.
fn reason(group: &Group, standing: &Standing) -> Reason {
    if group.told_us.is_none() {
        Reason::FirstNotification
    } else if !standing.fresh.is_empty() {
        Reason::NewAlertsAdded
    } else if standing.is_over() {
        Reason::AllAlertsResolved
    } else if !standing.ended.is_empty() {
        Reason::SomeAlertsResolved
    } else if !standing.worse.is_empty() {
        Reason::GotWorse
    } else {
        Reason::RepeatIntervalElapsed
    }
}
