//! Alerts held against what people said of them.

use super::{Check, Compared, Comparison, Standing};
use crate::scores::{Tally, judgement_of};
use crate::sentence::number;
use candor_stats::proportion::share;
use candor_stats::{CONFIDENCE, Figure};

/// Fewer verdicts say nothing of precision.
const VERDICTS_MIN: u64 = 5;
/// Most alerts should be about something.
const PRECISION_MIN: f64 = 0.5;

/// Compares alerts of the last `days` with their verdicts: `counts` of alerts by the word of their verdict, `None` for
/// those without. Of those judged, duplicates are left out; only true positives had a reason.
pub fn compare_verdicts(days: u32, counts: &[(Option<String>, u64)]) -> Compared {
    let mut tally = Tally::default();
    for (word, n) in counts {
        tally.add(word.as_deref().and_then(judgement_of), *n);
    }
    let (alerts, unjudged) = (tally.alerts(), tally.unjudged);
    let judged = tally.judged() - tally.duplicate;
    let right = tally.true_positive;
    let precision = tally.about_something();
    let state = match precision.high {
        _ if alerts == 0 => Standing::Ok,
        _ if judged < VERDICTS_MIN => Standing::Unknown,
        Some(high) if high < PRECISION_MIN => Standing::Off,
        _ => Standing::Ok,
    };
    let sentence = if alerts == 0 {
        format!("No alert fired in {days} days: there is nothing to judge.")
    } else if judged < VERDICTS_MIN {
        format!(
            "{judged} of {alerts} alerts of {days} days have a verdict that counts; {VERDICTS_MIN} are needed. \
             `candor alert verdict` gives them."
        )
    } else {
        said(right, &precision)
    };
    let checks = vec![
        check(
            "precision",
            &precision,
            (Some(PRECISION_MIN), None),
            said(right, &precision),
        ),
        check(
            "without_verdict",
            &share(unjudged, alerts),
            (None, None),
            format!("{unjudged} of {alerts} alerts have no verdict."),
        ),
    ];
    let of_precision = |c: Check| Check { state, ..c };
    let checks = checks.into_iter().map(|c| match c.figure.as_str() {
        "precision" => of_precision(c),
        _ => c,
    });
    Compared {
        state,
        n: alerts,
        figures: u64::from(judged > 0) + u64::from(alerts > 0),
        sentence,
        checks: checks.filter(|c| c.value.is_some()).collect(),
        ..Compared::unknown(Comparison::Verdicts, "")
    }
}

/// What a precision says.
fn said(right: u64, precision: &Figure) -> String {
    let percent = |x: Option<f64>| number(100.0 * x.unwrap_or(0.0));
    format!(
        "{right} of {} judged alerts were about something: {} %, at {} % confidence {} to {} %; fewer than {} % \
         would be off.",
        precision.n,
        percent(precision.value),
        percent(Some(CONFIDENCE)),
        percent(precision.low),
        percent(precision.high),
        percent(Some(PRECISION_MIN)),
    )
}

fn check(
    figure: &str,
    own: &Figure,
    (at_least, at_most): (Option<f64>, Option<f64>),
    sentence: String,
) -> Check {
    Check {
        figure: figure.to_owned(),
        column: None,
        value: own.value,
        low: own.low,
        high: own.high,
        at_least,
        at_most,
        n: own.n,
        state: Standing::Ok,
        sentence,
    }
}
