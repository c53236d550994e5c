//! Gaps between groups in words, the same on a page, in Markdown and in a terminal.

use super::number::Unit;
use super::{measure, name, number, wording};
use crate::document::{Disparity, Fairness, Figure, GapVerdict};

/// Characters of a group's name at most.
const NAME_MAX: usize = 32;

/// A gap by difference or by ratio.
pub(super) struct Width {
    /// The figure, and its interval.
    pub(super) value: String,
    pub(super) interval: Option<String>,
    /// What is allowed, e.g. `at most 10 pp`.
    pub(super) bound: Option<String>,
    /// Which groups differ in what, e.g. `True positive rate: Male less Female`; empty without a figure.
    pub(super) of: String,
}

/// How a gap stands, with its mark: only colour would be lost in print.
pub(super) fn verdict(gap: &Disparity) -> &'static str {
    match gap.stands() {
        GapVerdict::Breach => "▲ beyond the bound",
        GapVerdict::Open => "○ cannot tell yet",
        GapVerdict::Within => "● within",
    }
}

/// How many gaps stand how; `None` without any.
pub(super) fn summary(fairness: &Fairness) -> Option<String> {
    let all = fairness.disparities.len();
    let count = |verdict| {
        let gaps = fairness.disparities.iter();
        gaps.filter(|gap| gap.stands() == verdict).count()
    };
    let parts = [
        (GapVerdict::Breach, "beyond the bound"),
        (GapVerdict::Open, "cannot be told yet"),
        (GapVerdict::Within, "within"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(verdict, words)| (count(verdict), words))
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{n} {words}"))
        .collect();
    let gaps = if all == 1 { "gap" } else { "gaps" };
    (all > 0).then(|| format!("of {all} {gaps}, {}", wording::listed(&parts)))
}

/// The widest difference; of shares in percentage points.
pub(super) fn difference(gap: &Disparity) -> Width {
    let unit = match measure::of(&gap.measure).unit {
        Unit::Plain => Unit::Plain,
        Unit::Share | Unit::Points => Unit::Points,
    };
    let pair = pair(&gap.rate, [&gap.highest, "less", &gap.lowest]);
    let bound = gap.difference_max.map(|most| ("at most", most));
    width(&gap.difference, unit, bound, pair)
}

/// The smallest ratio, which may be of another rate and other groups than the widest difference.
pub(super) fn ratio(gap: &Disparity) -> Width {
    let own = !gap.ratio_lowest.is_empty();
    let (rate, low, high) = if own {
        (&gap.ratio_rate, &gap.ratio_lowest, &gap.ratio_highest)
    } else {
        (&gap.rate, &gap.lowest, &gap.highest)
    };
    let bound = gap.ratio_min.map(|least| ("at least", least));
    let pair = pair(rate, [low, "over", high]);
    width(&gap.ratio, Unit::Plain, bound, pair)
}

fn width(figure: &Figure, unit: Unit, bound: Option<(&str, f64)>, of: String) -> Width {
    let mut measure = measure::of("");
    measure.unit = unit;
    let (value, interval) = wording::figure(figure, &measure);
    Width {
        value,
        interval,
        bound: bound.map(|(words, bound)| format!("{words} {}", number::of(unit, bound))),
        of: if figure.value.is_some() {
            of
        } else {
            String::new()
        },
    }
}

fn pair(rate: &Option<String>, [one, words, other]: [&str; 3]) -> String {
    if one.is_empty() || other.is_empty() {
        return String::new();
    }
    let rate = rate
        .as_ref()
        .map_or(String::new(), |rate| measure::of(rate).label + ": ");
    let [one, other] = [one, other].map(|group| name::short(group, NAME_MAX));
    format!("{rate}{one} {words} {other}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, low: f64, high: f64) -> Figure {
        Figure {
            value: Some(value),
            low: Some(low),
            high: Some(high),
            status: "ok".into(),
            ..Figure::default()
        }
    }

    fn odds() -> Disparity {
        Disparity {
            measure: "equalised_odds".into(),
            lowest: "f".into(),
            highest: "m".into(),
            rate: Some("tpr".into()),
            difference: figure(0.178, 0.165, 0.19),
            difference_max: Some(0.1),
            ratio_lowest: "f".into(),
            ratio_highest: "x".into(),
            ratio_rate: Some("fpr".into()),
            ratio: figure(0.26, 0.2, 0.34),
            ratio_min: Some(0.8),
            verdict: GapVerdict::Open,
            ..Disparity::default()
        }
    }

    #[test]
    fn each_width_names_its_rate_and_its_groups() {
        let told = |width: Width| {
            let (interval, bound) = (width.interval.unwrap(), width.bound.unwrap());
            let text = format!("{} ({interval}; {bound}) {}", width.value, width.of);
            text.replace(number::THIN, " ")
        };
        let mut gap = odds();
        assert_eq!(
            told(difference(&gap)),
            "17.8 pp (16.5 to 19.0; at most 10 pp) True positive rate: m less f"
        );
        assert_eq!(
            told(ratio(&gap)),
            "0.26 (0.20 to 0.34; at least 0.8) False positive rate: f over x"
        );
        gap.ratio_lowest.clear();
        assert!(told(ratio(&gap)).ends_with("True positive rate: f over m"));
        let none = ratio(&Disparity::default());
        assert_eq!((none.value.as_str(), none.of.as_str()), ("–", ""));
    }

    #[test]
    fn a_gap_is_beyond_open_or_within() {
        let mut gap = odds();
        assert_eq!(verdict(&gap), "○ cannot tell yet");
        gap.verdict = GapVerdict::Within;
        assert_eq!(verdict(&gap), "● within");
        gap.breach = true;
        assert_eq!(verdict(&gap), "▲ beyond the bound");
        let fairness = |gaps: &[Disparity]| Fairness {
            disparities: gaps.to_vec(),
            ..Fairness::default()
        };
        let told = summary(&fairness(&[gap, odds(), odds()])).unwrap();
        assert_eq!(
            told,
            "of 3 gaps, 1 beyond the bound and 2 cannot be told yet"
        );
        assert_eq!(summary(&fairness(&[])), None);
    }
}
