//! Who is told of alerts, when, how often, and why not.
//!
//! A [`Router`] is a state machine. Its owner calls [`Router::step`] with the time, the specs and all alerts of
//! now; it gives the [`Notice`]s that are due, and its state for next time. It has no clock: [`next_due_us`]
//! tells when a step has something to say if nothing changes before. Between steps time may jump as it
//! likes; what was due in between is told at the next step, once.
//!
//! The owner keeps state and notices in one transaction. The same state and inputs give the same notices,
//! byte for byte, so that after a crash the step is simply done again.
//!
//! - An alert that goes on and matches a route joins a group of it, by the labels of `group_by`, and stays
//!   there until its end was told: neither a changed label nor a changed spec tells it twice.
//! - The first notice of a group waits `group_wait`, a change `group_interval`, sameness `repeat_interval`.
//!   When everything that was told is over, that is told at once.
//! - The end of an alert is told to whoever was told of it, once, whatever silences say: incidents elsewhere
//!   must close. What was over before its first notice was due is not told at all.
//! - A silence hides what matches it; people (Slack, e-mail, file) are told when one begins to hide something
//!   and when one that hid something is over.
//! - While an alert of the service says that data do not arrive, alerts on the quality of the same model are
//!   inhibited: nobody knows.
//! - In quiet hours only critical alerts are told; others, and their ends, wait.
//! - What is acknowledged is neither repeated nor escalated. What is not is escalated once.

mod due;
mod explain;
mod flush;
mod group;
mod hush;
mod past;
mod quiet;
mod scene;
mod state;
#[cfg(test)]
mod tests;

pub use due::next_due_us;
pub use explain::{RouteWhy, Verdict, explain, muting};
pub use past::{PastRoute, Record, as_it_was, explain_past};
pub use state::RouterState;

use crate::alert::Alert;
use crate::notice::Notice;
use candor_contract::spec::{RouteSpec, SilenceSpec};
use flush::Outbox;
use group::Rule;
use scene::Scene;
use std::collections::BTreeSet;

/// An alert of now, and whether somebody looks after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The alert.
    pub alert: Alert,
    /// Whether somebody acknowledged it. An alert in the state `acknowledged` is, too.
    pub acknowledged: bool,
}

/// What a step looks at: everything that holds now.
///
/// An alert stays on the list while it is not over, and after that until the next step at least. One that is
/// gone without being over is told as withdrawn: nobody watches it any more.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Routes by name, in any order. Of two with one name the first counts.
    pub routes: &'a [(String, RouteSpec)],
    /// Silences by name. One that cannot be read hides nothing.
    pub silences: &'a [(String, SilenceSpec)],
    /// All alerts, in any order.
    pub alerts: &'a [Listed],
}

impl<'a> Inputs<'a> {
    fn rules(self, now_us: i64) -> impl Iterator<Item = Rule<'a>> {
        let mut seen = BTreeSet::new();
        self.routes
            .iter()
            .filter(move |(name, _)| seen.insert(name.as_str()))
            .map(move |(name, spec)| Rule::new(name, spec, now_us))
    }
}

/// Tells who is told of what. See the module's page for its rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Router {
    state: RouterState,
}

impl Router {
    /// A router that goes on from a state.
    pub const fn new(state: RouterState) -> Self {
        Self { state }
    }

    /// What it knows, to be kept together with the notices of the last step.
    pub const fn state(&self) -> &RouterState {
        &self.state
    }

    /// What is due at `now_us`, oldest route first. Asked again at the same time it tells nothing more.
    pub fn step(&mut self, now_us: i64, inputs: Inputs<'_>) -> Vec<Notice> {
        let remembered = std::mem::take(&mut self.state.alerts);
        let scene = Scene::new(now_us, inputs, &remembered);
        let state = &mut self.state;
        state
            .routes
            .retain(|name, _| inputs.routes.iter().any(|(n, _)| n == name));
        let mut out = Outbox::new(now_us, state.sequence);
        for rule in inputs.rules(now_us) {
            let route = state.routes.entry(rule.name.to_owned()).or_default();
            group::leave(route, &rule, &scene, &mut state.past);
            group::join(route, &rule, &scene);
            hush::tell(route, &rule, &scene, &mut out);
            for (key, group) in &mut route.groups {
                flush::tell(key, group, &rule, &scene, &mut out, &mut state.past);
            }
            route.groups.retain(|_, group| !group.members.is_empty());
        }
        state.routes.retain(|_, route| !route.is_empty());
        state.remember(&scene);
        state.forget_past();
        state.sequence = out.sequence;
        out.notices
    }
}
