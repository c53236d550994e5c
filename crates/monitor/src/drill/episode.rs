//! Episodes of alerts: from the step that begins one to the step that ends it.

use crate::alert::{Step, Symptom, Transition};

/// One time that an alert went on. One that comes back has another.
#[derive(Debug)]
pub(super) struct Episode<'a> {
    /// Its steps, by time; never empty.
    steps: Vec<&'a Transition>,
}

/// All episodes, by the time when they began.
pub(super) fn episodes(transitions: &[Transition]) -> Vec<Episode<'_>> {
    let mut ordered: Vec<&Transition> = transitions.iter().collect();
    ordered.sort_by_key(|t| t.at_us);
    let mut episodes: Vec<Episode<'_>> = Vec::new();
    for step in ordered {
        let begins = matches!(step.step, Step::Fired | Step::Reopened);
        let own = episodes.iter_mut().rfind(|e| e.id() == step.alert.id);
        match own {
            Some(episode) if !begins => episode.steps.push(step),
            _ => episodes.push(Episode { steps: vec![step] }),
        }
    }
    episodes
}

impl<'a> Episode<'a> {
    pub(super) fn first(&self) -> &'a Transition {
        self.steps[0]
    }

    /// Its steps, by time.
    pub(super) fn steps(&self) -> impl Iterator<Item = &'a Transition> {
        self.steps.iter().copied()
    }

    /// The alert's id.
    pub(super) fn id(&self) -> &'a str {
        &self.first().alert.id
    }

    pub(super) fn model(&self) -> &'a str {
        &self.first().alert.model
    }

    /// When it began, for people.
    pub(super) fn fired_us(&self) -> i64 {
        self.first().at_us
    }

    /// When it was over.
    pub(super) fn resolved_us(&self) -> Option<i64> {
        let over = self.steps.iter().find(|t| t.step == Step::Resolved);
        over.map(|t| t.at_us)
    }

    /// The first step at which it told of a symptom that fits, and the symptom.
    pub(super) fn tells(
        &self,
        fits: impl Fn(&Symptom) -> bool,
    ) -> Option<(&'a Transition, &'a Symptom)> {
        self.steps.iter().find_map(|step| {
            let going = step.alert.symptoms.iter().filter(|s| s.over_us.is_none());
            going.into_iter().find(|s| fits(s)).map(|s| (*step, s))
        })
    }

    /// The monitors that breached, as its last step has them.
    pub(super) fn monitors(&self) -> Vec<String> {
        let last = self.steps[self.steps.len() - 1];
        let symptoms = last.alert.symptoms.iter();
        symptoms.map(|s| s.monitor.clone()).collect()
    }
}
