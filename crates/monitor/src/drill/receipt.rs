//! Drills by what a receiver of notices got: what monitors decide helps nobody who is not told.

use super::judge::{judge, sentences};
use super::script::Script;
use super::{DrillResult, words};
use crate::alert::{Step, Transition};
use crate::notice::Status;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The label of an alert's id.
const ALERT: &str = "alert";

/// What a notice that a receiver got said of one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The notice's key.
    pub key: String,
    /// The route that decided to send it.
    pub route: String,
    /// When it was sent, in the time of the traffic.
    pub at_us: i64,
    /// Microseconds by the clock from the decision until the receiver had it.
    pub took_us: Option<i64>,
    /// Whether the alert went on.
    pub status: Status,
    /// The alert's labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it said in words what happened.
    pub explained: bool,
}

/// Judges what a receiver got of what an engine told: an alert is told when its notice comes, and over when the notice
/// of that comes.
pub fn judge_received(
    script: &Script,
    transitions: &[Transition],
    receipts: &[Receipt],
) -> DrillResult {
    let decided = judge(script, transitions);
    let mut result = judge(script, &received(transitions, receipts));
    for (own, known) in result.expected.iter_mut().zip(decided.expected) {
        own.decided_delay_us = known.delay_us;
        let of_it = |r: &&Receipt| {
            Some(r.at_us) == own.told_us && r.labels.get(ALERT) == own.alert.as_ref()
        };
        own.delivery_us = receipts.iter().find(of_it).and_then(|r| r.took_us);
        if let (false, Some(delay_us)) = (own.found, known.delay_us) {
            own.sentence = format!(
                "{}, {}: decided after {}, and no receiver was told.",
                own.fault,
                known.what,
                words::span(delay_us)
            );
        }
    }
    by_route(script, transitions, receipts, &mut result);
    result.sentences = sentences(&result.expected, &result.false_alarms);
    let keys: BTreeSet<&str> = receipts.iter().map(|r| r.key.as_str()).collect();
    result.notices = Some(keys.len());
    result
}

/// Notes which routes told what was expected in time: each is judged as if it were the only one.
fn by_route(
    script: &Script,
    transitions: &[Transition],
    receipts: &[Receipt],
    result: &mut DrillResult,
) {
    let routes: BTreeSet<&str> = receipts.iter().map(|r| r.route.as_str()).collect();
    for route in routes {
        let own = receipts.iter().filter(|r| r.route == route);
        let own: Vec<Receipt> = own.cloned().collect();
        let alone = judge(script, &received(transitions, &own));
        for (expected, alone) in result.expected.iter_mut().zip(alone.expected) {
            if alone.in_time {
                expected.routes.push(route.to_owned());
            }
        }
    }
}

/// The alerts as the receiver knows them: with the times and states of its notices. Notices that say something else
/// than the alert then was, or nothing, do not count.
fn received(transitions: &[Transition], receipts: &[Receipt]) -> Vec<Transition> {
    let mut ordered: Vec<&Receipt> = receipts.iter().filter(|r| r.explained).collect();
    ordered.sort_by_key(|r| r.at_us);
    let mut last: HashMap<&str, Status> = HashMap::new();
    let mut out = Vec::new();
    for receipt in ordered {
        let Some(id) = receipt.labels.get(ALERT) else {
            continue;
        };
        let own = transitions.iter().filter(|t| t.alert.id == *id);
        let then = own.filter(|t| t.at_us <= receipt.at_us);
        let Some(then) = then.max_by_key(|t| t.at_us) else {
            continue;
        };
        if then.alert.labels() != receipt.labels {
            continue;
        }
        let before = last.insert(id, receipt.status);
        let step = match (before, receipt.status) {
            (None, Status::Firing) => Step::Fired,
            (Some(Status::Resolved), Status::Firing) => Step::Reopened,
            (Some(Status::Firing), Status::Firing) => Step::Grew,
            (Some(Status::Firing), Status::Resolved) => Step::Resolved,
            // An end of which the beginning was not told.
            (None | Some(Status::Resolved), Status::Resolved) => continue,
        };
        out.push(Transition {
            at_us: receipt.at_us,
            step,
            alert: then.alert.clone(),
        });
    }
    out
}
