//! What was told against what was expected.

use super::episode::{Episode, episodes};
use super::script::{Expected, Script, Seeded};
use super::words;
use super::{DrillResult, ExpectedResult, FalseAlarm, FalseAlarmRate, FaultResult};
use crate::alert::{Symptom, Transition};
use crate::window::DAY_US;
use std::collections::BTreeSet;

/// Days of a month, for rates.
const MONTH_DAYS: f64 = 30.0;

/// Judges what an engine told over a scenario's traffic.
pub fn judge(script: &Script, transitions: &[Transition]) -> DrillResult {
    let episodes = episodes(transitions);
    let expected: Vec<ExpectedResult> = script
        .expected
        .iter()
        .map(|e| settle(&script.faults[e.fault], e, &episodes))
        .collect();
    let false_alarms: Vec<FalseAlarm> = episodes
        .iter()
        .filter(|episode| !is_explained(script, &episodes, episode))
        .map(false_alarm)
        .collect();
    let rates = rates(script, &false_alarms);
    let passed = expected.iter().all(|e| e.passed) && false_alarms.is_empty();
    DrillResult {
        drill: script.name.clone(),
        judged: script.judged,
        passed,
        faults: faults(script, &expected),
        sentences: sentences(&expected, &false_alarms),
        expected,
        false_alarms,
        rates,
        notices: None,
    }
}

/// An alert that told what was expected, with when and by which symptom.
struct Hit<'a> {
    episode: &'a Episode<'a>,
    step: &'a Transition,
    symptom: &'a Symptom,
}

/// Whether and when an episode tells what is expected.
fn hit<'a>(expected: &Expected, episode: &'a Episode<'a>) -> Option<Hit<'a>> {
    if episode.model() != expected.what.model {
        return None;
    }
    // What was sustained before the fault began does not tell of it.
    let fits = |s: &Symptom| expected.what.fits(s) && s.sustained_us >= expected.from_us;
    let (step, symptom) = episode.tells(fits)?;
    let is_of_it = expected.from_us <= step.at_us && step.at_us <= expected.until_us;
    is_of_it.then_some(Hit {
        episode,
        step,
        symptom,
    })
}

/// All that tells what is expected; and the episodes of the same alerts, which may come back for what
/// follows from it.
fn hits<'a>(
    expected: &Expected,
    episodes: &'a [Episode<'a>],
) -> (Vec<Hit<'a>>, Vec<&'a Episode<'a>>) {
    let hits: Vec<Hit<'_>> = episodes.iter().filter_map(|e| hit(expected, e)).collect();
    let is_of_it = |episode: &&Episode<'_>| {
        let known = hits.iter().any(|h| h.episode.id() == episode.id());
        let fired_us = episode.fired_us();
        known && expected.from_us <= fired_us && fired_us <= expected.until_us
    };
    let own = episodes.iter().filter(is_of_it).collect();
    (hits, own)
}

fn settle<'a>(fault: &Seeded, expected: &Expected, episodes: &'a [Episode<'a>]) -> ExpectedResult {
    let (hits, own) = hits(expected, episodes);
    let ids: BTreeSet<&str> = hits.iter().map(|h| h.episode.id()).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let first = hits.iter().min_by_key(|h| h.step.at_us);
    let told_us = first.map(|h| h.step.at_us);
    let last = own.last().copied().or(hits.last().map(|h| h.episode));
    let resolved_us = last.and_then(Episode::resolved_us);
    let cause = first.and_then(|h| h.step.alert.symptoms.first());
    let is_cause = |s: &Symptom| expected.what.fits(s) || expected.cause.contains(&s.measure);
    let delay_us = told_us.map(|us| us - expected.from_us);
    let window_us = first
        .and_then(|h| h.symptom.points.last())
        .map(|p| p.window.length_us());
    let mut result = ExpectedResult {
        model: fault.model.clone(),
        fault: fault.id.clone(),
        what: words::what(&expected.what),
        measures: expected.what.measures.clone(),
        columns: expected.what.columns.clone(),
        segment: expected.what.segment.clone(),
        told_by: tellers(expected, &hits),
        routes: Vec::new(),
        found: first.is_some(),
        in_time: told_us.is_some_and(|us| us <= expected.told_by_us),
        alert: first.map(|h| h.episode.id().to_owned()),
        told_us,
        delay_us,
        decided_delay_us: None,
        delivery_us: None,
        delay_windows: delay_us
            .zip(window_us.filter(|us| *us > 0))
            .map(|(delay, window)| delay as f64 / window as f64),
        cause: cause.map(|s| s.monitor.clone()),
        cause_correct: cause.map(is_cause),
        alerts: count(ids.len()),
        reopened: count(own.len().saturating_sub(ids.len())),
        grouped: count(ids.len()) <= expected.alerts_max,
        resolved_us,
        resolved_in_time: expected
            .over_by_us
            .filter(|_| first.is_some())
            .map(|by| resolved_us.is_some_and(|us| us <= by)),
        passed: false,
        sentence: String::new(),
    };
    let wrong = complaints(fault, expected, &result);
    result.passed = wrong.is_empty();
    result.sentence = sentence(fault, &result, &wrong);
    result
}

/// The monitors that told what is expected within the time it had.
fn tellers(expected: &Expected, hits: &[Hit<'_>]) -> Vec<String> {
    let steps = hits.iter().flat_map(|h| h.episode.steps());
    let in_time = steps.filter(|t| t.at_us >= expected.from_us && t.at_us <= expected.told_by_us);
    let symptoms = in_time.flat_map(|t| &t.alert.symptoms);
    let own = symptoms.filter(|s| {
        s.over_us.is_none() && expected.what.fits(s) && s.sustained_us >= expected.from_us
    });
    let names: BTreeSet<&String> = own.map(|s| &s.monitor).collect();
    names.into_iter().cloned().collect()
}

/// What is not as expected, in parts of a sentence.
fn complaints(fault: &Seeded, expected: &Expected, result: &ExpectedResult) -> Vec<String> {
    let mut wrong = Vec::new();
    let within = words::within(expected);
    match result.delay_us {
        None => wrong.push(format!(
            "no alert told {} within {within}",
            words::what(&expected.what)
        )),
        Some(us) if !result.in_time => {
            wrong.push(format!(
                "told only after {}, not within {within}",
                words::span(us)
            ));
        }
        Some(_) => {}
    }
    if let (Some(false), Some(cause)) = (result.cause_correct, &result.cause) {
        wrong.push(format!("the likely cause was said to be {cause}"));
    }
    if !result.grouped {
        wrong.push(format!(
            "{} alerts told it, {} at most should",
            result.alerts, expected.alerts_max
        ));
    }
    if result.resolved_in_time == Some(false) {
        wrong.push(match (result.resolved_us, fault.to_us) {
            (Some(us), Some(to)) => format!("over only {} after its end", words::span(us - to)),
            _ => "the alert was not over at the end".to_owned(),
        });
    }
    wrong
}

fn sentence(fault: &Seeded, result: &ExpectedResult, wrong: &[String]) -> String {
    let name = words::fault(fault);
    if !wrong.is_empty() {
        return format!("{name}: {}.", wrong.join("; "));
    }
    let delay = words::span(result.delay_us.unwrap_or(0));
    let mut out = format!("{name}: told after {delay}");
    if let Some(windows) = result.delay_windows {
        out.push_str(&format!(" ({windows:.1} windows)"));
    }
    if let Some(cause) = &result.cause {
        out.push_str(&format!(" as {cause}"));
    }
    if let (Some(us), Some(to)) = (result.resolved_us, fault.to_us) {
        let after = if us < to { "before" } else { "after" };
        let span = words::span(us - to);
        out.push_str(&format!(", over {span} {after} its end"));
    }
    out.push('.');
    out
}

/// Whether an alert was expected, or may be.
fn is_explained<'a>(
    script: &Script,
    episodes: &'a [Episode<'a>],
    episode: &'a Episode<'a>,
) -> bool {
    let expected = script.expected.iter().any(|expected| {
        let (_, own) = hits(expected, episodes);
        own.into_iter().any(|e| std::ptr::eq(e, episode))
    });
    let fired_us = episode.fired_us();
    let allowed = script.allowed.iter().any(|a| {
        a.what.model == episode.model()
            && a.told.holds(fired_us)
            && episode.tells(|s| a.what.fits(s)).is_some()
    });
    expected || allowed
}

fn false_alarm(episode: &Episode<'_>) -> FalseAlarm {
    let alert = &episode.first().alert;
    FalseAlarm {
        alert: alert.id.clone(),
        model: alert.model.clone(),
        family: alert.family,
        fired_us: episode.fired_us(),
        resolved_us: episode.resolved_us(),
        monitors: episode.monitors(),
        sentence: alert.cause.clone(),
    }
}

fn rates(script: &Script, false_alarms: &[FalseAlarm]) -> Vec<FalseAlarmRate> {
    let days = script.judged.length_us() as f64 / DAY_US as f64;
    let rate = |model: &String| {
        let own = false_alarms.iter().filter(|f| f.model == *model).count();
        FalseAlarmRate {
            model: model.clone(),
            false_alarms: u32::try_from(own).unwrap_or(u32::MAX),
            days,
            per_30_days: own as f64 * MONTH_DAYS / days.max(f64::MIN_POSITIVE),
        }
    };
    script.models.iter().map(rate).collect()
}

fn faults(script: &Script, expected: &[ExpectedResult]) -> Vec<FaultResult> {
    let of = |seeded: &Seeded| {
        let mut own = expected
            .iter()
            .filter(|e| e.fault == seeded.id && e.model == seeded.model)
            .peekable();
        FaultResult {
            id: seeded.id.clone(),
            fault: seeded.fault.clone(),
            model: seeded.model.clone(),
            from_us: seeded.from_us,
            to_us: seeded.to_us,
            expected: own.peek().is_some(),
            caught: own.any(|e| e.in_time),
        }
    };
    script.faults.iter().map(of).collect()
}

/// Everything in sentences, what went wrong first.
pub(super) fn sentences(expected: &[ExpectedResult], false_alarms: &[FalseAlarm]) -> Vec<String> {
    let of = |passed: bool| {
        let own = expected.iter().filter(move |e| e.passed == passed);
        own.map(|e| e.sentence.clone())
    };
    let mut out: Vec<String> = of(false).collect();
    out.extend(false_alarms.iter().map(|alarm| {
        let at = candor_contract::format_us(alarm.fired_us);
        let what = alarm.sentence.trim_end_matches('.');
        let (model, family) = (&alarm.model, alarm.family.name());
        format!("False alarm of {model} ({family}) at {at}: {what}.")
    }));
    out.extend(of(true));
    if out.is_empty() {
        out.push("All was quiet, as it should be.".to_owned());
    }
    out
}
