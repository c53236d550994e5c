//! Silences that hide something are told when they begin and when they are over, so that alerts neither
//! vanish nor come back out of the blue.

use super::flush::{Draft, Outbox};
use super::group::Rule;
use super::scene::{Life, Scene};
use super::state::{Hidden, RouteState};
use crate::matcher::Silence;
use crate::notice::{NoticeAlert, NoticeSilence, Reason, group_key};
use candor_contract::spec::{Receiver, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a receiver is read by people; machines would take it for an alert.
const fn is_for_people(receiver: &Receiver) -> bool {
    matches!(
        receiver,
        Receiver::Slack { .. } | Receiver::Email { .. } | Receiver::File { .. }
    )
}

/// Tells beginnings and ends of silences to those of the route who read.
pub(super) fn tell(route: &mut RouteState, rule: &Rule<'_>, scene: &Scene<'_>, out: &mut Outbox) {
    let in_force = scene.silences.iter().filter(|s| s.holds_at(scene.now_us));
    for silence in in_force.clone() {
        note(route, silence, scene);
    }
    let in_force: BTreeSet<&str> = in_force.map(|s| s.id).collect();
    route.silences.retain(|id, hidden| {
        let holds = in_force.contains(id.as_str());
        if (holds && hidden.told) || rule.holds_back(worst(hidden, scene)) {
            return true;
        }
        let reason = if holds {
            Reason::SilenceStarted
        } else {
            Reason::SilenceEnded
        };
        send(id, hidden, reason, rule, scene, out);
        hidden.told = true;
        holds
    });
}

/// When something of a silence is to be told: now, after quiet hours, or when it is over.
pub(super) fn due_us(route: &RouteState, rule: &Rule<'_>, scene: &Scene<'_>) -> Option<i64> {
    let of = |(id, hidden): (&String, &Hidden)| {
        let mut silences = scene.silences.iter();
        let silence = silences.find(|s| s.id == id && s.holds_at(scene.now_us));
        match silence {
            Some(silence) if hidden.told => silence.to_us,
            Some(silence) => silence
                .to_us
                .min(rule.quiet_until_us.unwrap_or(scene.now_us)),
            None => rule.quiet_until_us.unwrap_or(scene.now_us),
        }
    };
    route.silences.iter().map(of).min()
}

/// Notes which members a silence hides.
fn note(route: &mut RouteState, silence: &Silence<'_>, scene: &Scene<'_>) {
    let members = route.groups.values().flat_map(|group| group.members.keys());
    let hides = |id: &&String| {
        let view = scene.views.get(id.as_str());
        view.is_some_and(|v| v.life == Life::Active && v.silenced_by.contains(&silence.id))
    };
    let alerts: BTreeSet<String> = members.filter(hides).cloned().collect();
    if alerts.is_empty() && !route.silences.contains_key(silence.id) {
        return;
    }
    let hidden = route.silences.entry(silence.id.to_owned());
    let hidden = hidden.or_insert_with(|| Hidden {
        by: None,
        why: String::new(),
        to_us: silence.to_us,
        since_us: scene.now_us,
        alerts: BTreeSet::new(),
        told: false,
    });
    hidden.by.clone_from(&silence.spec.by);
    hidden.why.clone_from(&silence.spec.why);
    hidden.to_us = silence.to_us;
    hidden.alerts.extend(alerts);
}

fn worst(hidden: &Hidden, scene: &Scene<'_>) -> Severity {
    let views = hidden
        .alerts
        .iter()
        .filter_map(|id| scene.views.get(id.as_str()));
    views
        .map(|v| v.alert.severity)
        .max()
        .unwrap_or(Severity::Info)
}

fn send(
    id: &str,
    hidden: &Hidden,
    reason: Reason,
    rule: &Rule<'_>,
    scene: &Scene<'_>,
    out: &mut Outbox,
) {
    let views = hidden
        .alerts
        .iter()
        .filter_map(|id| scene.views.get(id.as_str()));
    let alerts: Vec<NoticeAlert> = views.map(|view| view.told(scene.now_us)).collect();
    let labels = BTreeMap::from([("silence".to_owned(), id.to_owned())]);
    let draft = Draft {
        reason,
        key: &group_key(rule.name, &labels),
        labels: &labels,
        since_us: hidden.since_us,
        alerts,
        silence: Some(NoticeSilence {
            id: id.to_owned(),
            by: hidden.by.clone(),
            why: hidden.why.clone(),
            to_us: hidden.to_us,
            hidden: hidden.alerts.len(),
        }),
    };
    out.send(rule, false, is_for_people, draft);
}
