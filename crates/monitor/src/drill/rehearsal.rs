//! Drills on a schedule: which one is due, and what its rehearsal means for people.
//!
//! A drill that fails, or could not be run, is an alert of the family [`Family::Drill`]: one a drill, until the
//! same drill passes. The engine knows nothing of it.

use super::DrillResult;
use crate::alert::{Alert, State, Step, Transition};
use candor_contract::format_us;
use candor_contract::spec::{Family, Severity};
use serde::{Deserialize, Serialize};

/// False alarms of a rehearsal that are kept; also sentences.
const KEPT_MAX: usize = 100;

/// A drill on a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// The scenario's name.
    pub drill: String,
    /// Microseconds from one rehearsal to the next.
    pub every_us: i64,
    /// When it was last written anew.
    pub changed_us: i64,
    /// When its last rehearsal began; `None` if there was none.
    pub started_us: Option<i64>,
    /// When somebody asked for a rehearsal that did not begin yet.
    pub asked_us: Option<i64>,
}

impl Scheduled {
    /// When it is rehearsed next: at once if somebody asks for it, if it is new or was changed since, so that a
    /// mended drill need not wait.
    pub fn due_us(&self) -> i64 {
        let by_schedule = match self.started_us {
            Some(started_us) if started_us >= self.changed_us => {
                started_us.saturating_add(self.every_us)
            }
            _ => self.changed_us,
        };
        self.asked_us
            .map_or(by_schedule, |asked| asked.min(by_schedule))
    }
}

/// Of the drills that are due at `now_us` the one that waits longest; of equals the first by name.
pub fn most_due(drills: &[Scheduled], now_us: i64) -> Option<&Scheduled> {
    let due = drills.iter().filter(|d| d.due_us() <= now_us);
    due.min_by_key(|d| (d.due_us(), &d.drill))
}

/// A rehearsal that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// The scenario's name.
    pub drill: String,
    /// The scenario's first model.
    pub model: String,
    /// When it began.
    pub started_us: i64,
    /// When it was over.
    pub ended_us: i64,
    /// How it went.
    pub outcome: RehearsalOutcome,
}

/// How a rehearsal went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalOutcome {
    /// The alerts were held against what was expected.
    Judged(Box<DrillResult>),
    /// It could not be run, for this reason.
    NotRun(String),
}

impl RehearsalOutcome {
    /// A judged drill, of very many false alarms the first.
    pub fn judged(mut result: DrillResult) -> Self {
        result.false_alarms.truncate(KEPT_MAX);
        let more = result.sentences.len().saturating_sub(KEPT_MAX);
        if more > 0 {
            result.sentences.truncate(KEPT_MAX);
            result.sentences.push(format!("And {more} more."));
        }
        RehearsalOutcome::Judged(Box::new(result))
    }

    /// Whether everything went as expected.
    pub fn passed(&self) -> bool {
        matches!(self, RehearsalOutcome::Judged(result) if result.passed)
    }
}

impl Rehearsal {
    /// What went wrong, in a sentence.
    fn cause(&self) -> String {
        let drill = &self.drill;
        match &self.outcome {
            RehearsalOutcome::NotRun(why) => {
                format!("The drill {drill} could not be run: {why}")
            }
            RehearsalOutcome::Judged(result) => {
                let missed = result.expected.iter().filter(|e| !e.passed).count();
                let wrong = missed + result.false_alarms.len();
                let first = result.sentences.first().map_or("", String::as_str);
                let mut text = format!("The drill {drill} failed: {first}");
                if wrong > 1 {
                    text.push_str(&format!(" {} more went wrong.", wrong - 1));
                }
                text
            }
        }
    }

    /// The model that the first of what went wrong is of.
    fn blamed(&self) -> &str {
        let RehearsalOutcome::Judged(result) = &self.outcome else {
            return &self.model;
        };
        let missed = result.expected.iter().find(|e| !e.passed);
        let missed = missed.map(|e| e.model.as_str());
        let alarm = result.false_alarms.first().map(|f| f.model.as_str());
        missed.or(alarm).unwrap_or(&self.model)
    }

    /// What becomes of the drill's alert, if one goes on already: a failure opens it, or changes what it says; a
    /// rehearsal that passes ends it. `None` if nothing changes.
    pub fn follow_up(&self, open: Option<&Alert>) -> Option<Transition> {
        let at_us = self.ended_us;
        match (open, self.outcome.passed()) {
            (None, true) => None,
            (Some(open), true) => Some(ended(open, at_us)),
            (None, false) => Some(Transition {
                at_us,
                step: Step::Fired,
                alert: self.alert(),
            }),
            (Some(open), false) => {
                let cause = self.cause();
                (open.cause != cause).then(|| Transition {
                    at_us,
                    step: Step::Grew,
                    alert: Alert {
                        cause,
                        changed_us: at_us,
                        ..open.clone()
                    },
                })
            }
        }
    }

    fn alert(&self) -> Alert {
        let model = self.blamed();
        let time: String = format_us(self.started_us)
            .chars()
            .filter(|c| !matches!(c, '-' | ':'))
            .take(15)
            .collect();
        Alert {
            id: format!("{model}-drill-{}-{time}", self.drill),
            model: model.to_owned(),
            family: Family::Drill,
            state: State::Firing,
            severity: Severity::Warning,
            onset_us: self.started_us,
            fired_us: self.ended_us,
            changed_us: self.ended_us,
            resolved_us: None,
            reopened: 0,
            cause: self.cause(),
            symptoms: Vec::new(),
            changes: Vec::new(),
            drill: Some(self.drill.clone()),
            owner: None,
            pipeline_owner: None,
        }
    }
}

/// The end of a drill's alert: it passed, or is not rehearsed any more.
pub fn ended(open: &Alert, at_us: i64) -> Transition {
    Transition {
        at_us,
        step: Step::Resolved,
        alert: Alert {
            state: State::Resolved,
            changed_us: at_us,
            resolved_us: Some(at_us),
            ..open.clone()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::{START_US, Script, judge};
    use crate::window::{DAY_US, HOUR_US};
    use candor_contract::spec::parse;

    #[test]
    fn a_drill_is_due_when_it_is_new_or_changed_or_its_time_has_come() {
        let drill = |name: &str, changed_us, started_us| Scheduled {
            drill: name.to_owned(),
            every_us: HOUR_US,
            changed_us,
            started_us,
            asked_us: None,
        };
        for (changed_us, started_us, due_us) in [
            (5, None, 5),
            (5, Some(5), 5 + HOUR_US),
            (5, Some(9), 9 + HOUR_US),
            (10, Some(9), 10),
            (5, Some(i64::MAX - 1), i64::MAX),
        ] {
            assert_eq!(drill("a", changed_us, started_us).due_us(), due_us);
        }
        let all = [
            drill("late", 0, Some(7)),
            drill("b", 0, Some(3)),
            drill("a", 0, Some(3)),
            drill("new", 2 * HOUR_US, None),
        ];
        for (now_us, due) in [
            (0, None),
            (HOUR_US + 2, None),
            (HOUR_US + 3, Some("a")),
            (2 * HOUR_US, Some("a")),
        ] {
            let found = most_due(&all, now_us).map(|d| d.drill.as_str());
            assert_eq!(found, due, "{now_us}");
        }
        assert_eq!(most_due(&all[3..], 2 * HOUR_US), Some(&all[3]));
        // Somebody asks for it before its time.
        let asked = Scheduled {
            asked_us: Some(9),
            ..drill("asked", 0, Some(5))
        };
        assert_eq!(asked.due_us(), 9);
        assert_eq!(most_due(&[asked], 8), None);
    }

    fn missed() -> DrillResult {
        let text = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: deaf}\nspec:\n  days: 9\n  \
             models: [{name: first, like: credit-risk}, {name: credit-risk}]\n  faults:\n    \
             - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d}\n  expect:\n    \
             - {model: credit-risk, measure: missing, column: input_debt_ratio, within: 6h}\n";
        let object = parse(text).unwrap().remove(0);
        judge(
            &Script::of("deaf", object.scenario().unwrap(), START_US),
            &[],
        )
    }

    fn rehearsal(day: i64, outcome: RehearsalOutcome) -> Rehearsal {
        let started_us = START_US + day * DAY_US;
        Rehearsal {
            drill: "deaf".to_owned(),
            model: "first".to_owned(),
            started_us,
            ended_us: started_us + HOUR_US,
            outcome,
        }
    }

    fn passed() -> RehearsalOutcome {
        RehearsalOutcome::judged(DrillResult {
            passed: true,
            expected: Vec::new(),
            ..missed()
        })
    }

    #[test]
    fn a_failure_opens_one_alert_until_the_drill_passes() {
        let failed = || RehearsalOutcome::judged(missed());
        let broken = || RehearsalOutcome::NotRun("it took longer than 30 minutes.".to_owned());
        let mut open: Option<Alert> = None;
        let mut told = Vec::new();
        for (day, outcome) in [
            (0, passed()),
            (1, failed()),
            (2, failed()),
            (3, broken()),
            (4, broken()),
            (5, passed()),
            (6, passed()),
            (7, broken()),
        ] {
            let Some(transition) = rehearsal(day, outcome).follow_up(open.as_ref()) else {
                continue;
            };
            let alert = transition.alert.clone();
            told.push((day, transition.step, alert.id.clone(), alert.cause.clone()));
            open = Some(alert).filter(|a| a.state != State::Resolved);
        }
        let first = "credit-risk-drill-deaf-20260929T000000";
        let unmet = "The drill deaf failed: f1, null_burst in credit-risk: ";
        let broke = "The drill deaf could not be run: it took longer than 30 minutes.";
        let expected = [
            (1, Step::Fired, first, unmet),
            (3, Step::Grew, first, broke),
            (5, Step::Resolved, first, broke),
            (7, Step::Fired, "first-drill-deaf-20261005T000000", broke),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for ((day, step, id, cause), want) in told.iter().zip(expected) {
            assert_eq!((*day, *step, id.as_str()), (want.0, want.1, want.2));
            assert!(cause.starts_with(want.3), "{cause}");
        }
    }

    #[test]
    fn an_alert_of_a_drill_has_labels_for_routes_and_survives_its_stored_form() {
        let fired = rehearsal(1, RehearsalOutcome::judged(missed())).follow_up(None);
        let alert = fired.unwrap().alert;
        let labels = alert.labels();
        for (name, value) in [
            ("alertname", "drill"),
            ("drill", "deaf"),
            ("family", "drill"),
            ("model", "credit-risk"),
            ("severity", "warning"),
        ] {
            assert_eq!(labels.get(name).map(String::as_str), Some(value), "{name}");
        }
        let text = serde_json::to_string(&alert).unwrap();
        assert_eq!(serde_json::from_str::<Alert>(&text).unwrap(), alert);
        let over = ended(&alert, 7).alert;
        assert_eq!((over.state, over.resolved_us), (State::Resolved, Some(7)));
    }

    #[test]
    fn of_very_many_sentences_the_first_are_kept_and_the_rest_counted() {
        let outcome = RehearsalOutcome::judged(DrillResult {
            sentences: vec!["It was quiet.".to_owned(); KEPT_MAX + 3],
            ..missed()
        });
        let RehearsalOutcome::Judged(result) = outcome else {
            panic!("it was judged");
        };
        assert_eq!(result.sentences.len(), KEPT_MAX + 1);
        assert_eq!(result.sentences[KEPT_MAX], "And 3 more.");
    }
}
