//! What people read of an alert: what, where, since when, how sure, why, what changed, where to look.

use super::clean::{cut, line};
use super::{Notice, NoticeAlert, Reason, Status};
use crate::alert::{Point, Symptom};
use crate::sentence::preposition;
use candor_contract::format_us;

/// Characters of a subject line.
const TITLE_CHARS_MAX: usize = 120;
/// Characters of one answer.
const TEXT_CHARS_MAX: usize = 600;
/// Other symptoms and changes that are named; the rest is counted.
const NAMED_MAX: usize = 5;

/// A question that people ask, and the answer.
pub(super) type Answer = (&'static str, String);

/// One line for subjects and headers, e.g. `critical: credit-risk, missing values of input_income`.
pub fn title(notice: &Notice) -> String {
    let mut title = match (notice.reason, &notice.silence) {
        (Reason::SilenceStarted, Some(s)) => format!("silenced until {}", when(s.to_us)),
        (Reason::SilenceEnded, _) => "no longer silenced".to_owned(),
        _ if notice.status() == Status::Resolved => "over".to_owned(),
        (Reason::Escalated, _) => format!("{}, not acknowledged", notice.severity().name()),
        _ => notice.severity().name().to_owned(),
    };
    let status = notice.status();
    let mut told = notice.alerts.iter().filter(|a| a.status == status);
    if let Some(first) = told.next() {
        title += &format!(": {}", headline(first));
    }
    let more = match told.count() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let chars_max = TITLE_CHARS_MAX.saturating_sub(more.chars().count());
    line(&title, chars_max) + &more
}

/// Model and trouble of one alert, e.g. `credit-risk, missing values of input_income`.
pub(super) fn headline(told: &NoticeAlert) -> String {
    let alert = &told.alert;
    let what = match (alert.symptoms.first(), &alert.drill) {
        (Some(first), _) => subject(first),
        (None, Some(drill)) => format!("failed drill {drill}"),
        (None, None) => format!("{} trouble", alert.family.name()),
    };
    line(&format!("{}, {what}", told.alert.model), TITLE_CHARS_MAX)
}

/// What a symptom is about, e.g. `missing values of input_income where region=north`.
fn subject(symptom: &Symptom) -> String {
    let mut text = symptom.measure.about().title.to_owned();
    if let Some(metric) = &symptom.metric {
        text += &format!(" ({metric})");
    }
    if let Some(column) = &symptom.column {
        text += &format!(" of {column}");
    }
    for (at, (name, value)) in symptom.segment.iter().enumerate() {
        let join = if at == 0 { "where" } else { "and" };
        text += &format!(" {join} {name}={value}");
    }
    text
}

/// The answers on one alert, in the order in which people ask.
pub(super) fn answers(told: &NoticeAlert, external_url: &str) -> Vec<Answer> {
    let alert = &told.alert;
    let mut answers: Vec<Answer> = Vec::new();
    let first = alert.symptoms.first();
    let what = first.map_or(&alert.cause, |s| &s.sentence);
    answers.push(("What", what.clone()));
    answers.push(("Where", place(told)));
    answers.push(("Since", since(told)));
    if let Some(text) = first.and_then(certainty) {
        answers.push(("How sure", text));
    }
    if alert.cause != *what {
        answers.push(("Likely cause", alert.cause.clone()));
    }
    let changes = alert.changes.iter();
    let changes = changes.map(|c| format!("{}, {}", c.what, apart(c.at_us, alert.onset_us)));
    if let Some(text) = listed(changes) {
        answers.push(("Changed nearby", text));
    }
    if let Some(text) = listed(alert.symptoms.iter().skip(1).map(subject)) {
        answers.push(("Also", text));
    }
    if told.acknowledged {
        answers.push(("Acknowledged", "somebody looks after it".to_owned()));
    }
    if !told.silenced_by.is_empty() {
        answers.push(("Silenced by", told.silenced_by.join(", ")));
    }
    answers.push(("Look", link(told, external_url)));
    for (_, text) in &mut answers {
        *text = line(text, TEXT_CHARS_MAX);
    }
    answers
}

/// The page of an alert.
pub(super) fn link(told: &NoticeAlert, external_url: &str) -> String {
    let id: String = told
        .alert
        .id
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("{}/alerts/{id}", external_url.trim_end_matches('/'))
}

/// Why this message came, in a sentence.
pub(super) fn why(notice: &Notice) -> String {
    let mut text = format!("Route {}: {}.", notice.route, notice.reason.sentence());
    if let Some(silence) = &notice.silence {
        let by = silence.by.as_deref().unwrap_or("nobody named");
        text += &format!(
            " Silence {} by {by} until {}: {}. Alerts hidden so far: {}.",
            silence.id,
            when(silence.to_us),
            silence.why.trim_end_matches('.'),
            silence.hidden
        );
    }
    line(&text, TEXT_CHARS_MAX)
}

fn place(told: &NoticeAlert) -> String {
    let mut text = format!("model {}", told.alert.model);
    if let Some(first) = told.alert.symptoms.first() {
        if let Some(column) = &first.column {
            text += &format!(", column {column}");
        }
        for (name, value) in &first.segment {
            text += &format!(", {name} {value}");
        }
    }
    text
}

fn since(told: &NoticeAlert) -> String {
    let alert = &told.alert;
    let from = when(told.starts_us);
    match (told.withdrawn, told.ends_us) {
        (true, _) => format!("{from}; no longer watched, so nobody knows whether it is over"),
        (false, Some(over_us)) => format!(
            "{from} until {} ({})",
            when(over_us),
            length(over_us.saturating_sub(told.starts_us))
        ),
        (false, None) if alert.drill.is_some() => from,
        (false, None) => {
            let mut text = format!("{from}, sustained by {}", when(alert.fired_us));
            match alert.reopened {
                0 => {}
                1 => text += "; it came back once",
                n => text += &format!("; it came back {n} times"),
            }
            text
        }
    }
}

/// Value, interval, rows and band of the last breaching window.
fn certainty(symptom: &Symptom) -> Option<String> {
    let mut points = symptom.points.iter().rev();
    let point: &Point = points.find(|p| p.breach).or(symptom.points.last())?;
    let unit = match symptom.measure.about().unit {
        "" => String::new(),
        unit => format!(" {unit}"),
    };
    let mut text = format!("{}{unit}", figure(point.value?));
    if let (Some(low), Some(high)) = (point.low, point.high) {
        text += &format!(" (95 % interval {} to {})", figure(low), figure(high));
    }
    text += &format!(
        " {} {} rows from {}",
        preposition(symptom.measure),
        thousands(point.n),
        span(point.window)
    );
    if let Some((low, high)) = point.band {
        text += &match (is_open(low), is_open(high)) {
            (false, false) => format!("; usual {} to {}", figure(low), figure(high)),
            (false, true) => format!("; usual at least {}", figure(low)),
            (true, false) => format!("; usual at most {}", figure(high)),
            (true, true) => String::new(),
        };
    }
    if let Some(p) = point.p_value {
        text += &if p < 0.0001 {
            "; p below 0.0001".to_owned()
        } else {
            format!("; p {}", figure(p))
        };
    }
    Some(text)
}

/// Whether an end of a band is none: what is kept is cut to the largest number.
const fn is_open(end: f64) -> bool {
    end.abs() >= f64::MAX
}

/// Texts in a row, the first few named and the rest counted. `None` if there are none.
fn listed(texts: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let total = texts.len();
    let named: Vec<String> = texts.take(NAMED_MAX).map(|t| cut(&t, 120)).collect();
    let mut text = named.join("; ");
    if total > NAMED_MAX {
        text += &format!("; and {} more", total - NAMED_MAX);
    }
    (total > 0).then_some(text)
}

/// How long `at_us` is from the onset, e.g. `10 minutes before`.
fn apart(at_us: i64, onset_us: i64) -> String {
    match onset_us.saturating_sub(at_us) {
        0 => "at the same time".to_owned(),
        us if us > 0 => format!("{} before", length(us)),
        us => format!("{} after", length(us.saturating_neg())),
    }
}

/// A length of time in the unit that suits it.
fn length(us: i64) -> String {
    let seconds = us / 1_000_000;
    let (n, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    if n == 1 {
        format!("1 {unit}")
    } else {
        format!("{n} {unit}s")
    }
}

/// `2026-11-29 10:00 UTC`, with seconds only where there are some.
pub(crate) fn when(us: i64) -> String {
    let text = format_us(us);
    let (Some(day), Some(minutes), Some(seconds)) =
        (text.get(..10), text.get(11..16), text.get(16..19))
    else {
        return text;
    };
    let seconds = if seconds == ":00" { "" } else { seconds };
    format!("{day} {minutes}{seconds} UTC")
}

fn span(window: crate::window::Window) -> String {
    let (from, to) = (when(window.from_us), when(window.to_us));
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((day, from)), Some((same, to))) if day == same => {
            format!("{day} {} to {to}", from.trim_end_matches(" UTC"))
        }
        _ => format!("{from} to {to}"),
    }
}

/// A number with three digits that matter.
fn figure(x: f64) -> String {
    let size = x.abs();
    let text = match size {
        _ if !x.is_finite() => return x.to_string(),
        s if s >= 1e15 || (s > 0.0 && s < 1e-4) => return format!("{x:.1e}"),
        s if s >= 100.0 => format!("{x:.0}"),
        s if s >= 10.0 => format!("{x:.1}"),
        s if s >= 1.0 => format!("{x:.2}"),
        s if s >= 0.1 => format!("{x:.3}"),
        _ => format!("{x:.4}"),
    };
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    digits
        .parse()
        .map_or(text.clone(), |n: u64| format!("{sign}{}", thousands(n)))
}

/// `12,345`.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_that_matter() {
        let all = [
            0.0,
            0.31,
            0.0123,
            1.5,
            42.04,
            123.4,
            1_234_567.8,
            -2_500.0,
            0.000_012,
            2e16,
        ];
        let told = all.map(figure).join(" ");
        assert_eq!(
            told,
            "0 0.31 0.0123 1.5 42 123 1,234,568 -2,500 1.2e-5 2.0e16"
        );
    }

    #[test]
    fn times_and_lengths_are_short() {
        assert_eq!(when(1_764_410_400_000_000), "2025-11-29 10:00 UTC");
        assert_eq!(when(1_764_410_405_000_000), "2025-11-29 10:00:05 UTC");
        let lengths = [1, 90, 600, 7_200, 86_400, 172_800].map(|s| length(s * 1_000_000));
        assert_eq!(
            lengths.join(", "),
            "1 second, 90 seconds, 10 minutes, 2 hours, 24 hours, 2 days"
        );
    }
}
