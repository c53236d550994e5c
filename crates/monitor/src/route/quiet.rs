//! Quiet hours.

use crate::window::DAY_US;
use candor_contract::spec::{Quiet, Weekday};

const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];
/// 1970 began on a Thursday.
const EPOCH_WEEKDAY: i64 = 3;
/// Spans that are taken together where one begins before another ends. Whoever declares that it is always
/// quiet is looked at again after that.
const SPANS_MAX: usize = 32;

/// When the quiet hours of `at_us` end; `None` if it is not quiet.
pub(super) fn until_us(quiet: &[Quiet], at_us: i64) -> Option<i64> {
    let mut end_us = end_of_span(quiet, at_us)?;
    for _ in 0..SPANS_MAX {
        match end_of_span(quiet, end_us) {
            Some(later_us) => end_us = later_us,
            None => break,
        }
    }
    Some(end_us)
}

/// The latest end of the declared spans that hold `at_us`.
fn end_of_span(quiet: &[Quiet], at_us: i64) -> Option<i64> {
    let today = at_us.div_euclid(DAY_US);
    let spans = quiet
        .iter()
        .flat_map(|quiet| [(quiet, today - 1), (quiet, today)]);
    spans
        .filter_map(|(quiet, day)| {
            let weekday = usize::try_from((day + EPOCH_WEEKDAY).rem_euclid(7)).ok()?;
            if !quiet.days.is_empty() && !quiet.days.contains(&WEEK[weekday]) {
                return None;
            }
            let (from_us, to_us) = quiet.span_us()?;
            let next_day = if to_us < from_us { DAY_US } else { 0 };
            let from_us = day * DAY_US + from_us;
            let to_us = day * DAY_US + to_us + next_day;
            (from_us <= at_us && at_us < to_us).then_some(to_us)
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::{format_us, parse_us};

    fn quiet(days: &[Weekday], from: &str, to: &str) -> Quiet {
        Quiet {
            days: days.to_vec(),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn until(quiet: &[Quiet], at: &str) -> String {
        let until = until_us(quiet, parse_us(at).unwrap());
        until.map_or("loud".to_owned(), |us| format_us(us)[..16].to_owned())
    }

    /// 2026-11-27 is a Friday.
    #[test]
    fn nights_and_weekends_are_quiet_until_they_end() {
        let night = [quiet(&[], "20:00", "07:00")];
        assert_eq!(until(&night, "2026-11-27T19:59:59Z"), "loud");
        assert_eq!(until(&night, "2026-11-27T20:00:00Z"), "2026-11-28T07:00");
        assert_eq!(until(&night, "2026-11-28T06:59:59Z"), "2026-11-28T07:00");
        assert_eq!(until(&night, "2026-11-28T07:00:00Z"), "loud");

        let weekend = [Weekday::Sat, Weekday::Sun];
        let both = [
            quiet(&[], "20:00", "07:00"),
            quiet(&weekend, "00:00", "24:00"),
        ];
        assert_eq!(until(&both, "2026-11-27T12:00:00Z"), "loud");
        // Friday's night, Saturday, Sunday and Sunday's night are one.
        assert_eq!(until(&both, "2026-11-27T21:00:00Z"), "2026-11-30T07:00");
        assert_eq!(until(&both, "2026-11-29T12:00:00Z"), "2026-11-30T07:00");
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let friday = [quiet(&[Weekday::Fri], "22:00", "06:00")];
        assert_eq!(until(&friday, "2026-11-28T05:00:00Z"), "2026-11-28T06:00");
        assert_eq!(until(&friday, "2026-11-27T05:00:00Z"), "loud");
    }

    #[test]
    fn an_empty_or_broken_span_is_never_quiet_and_an_endless_one_ends() {
        assert_eq!(
            until(&[quiet(&[], "08:00", "08:00")], "2026-11-27T08:00:00Z"),
            "loud"
        );
        assert_eq!(
            until(&[quiet(&[], "8", "nine")], "2026-11-27T08:00:00Z"),
            "loud"
        );
        assert_ne!(
            until(&[quiet(&[], "00:00", "24:00")], "2026-11-27T08:00:00Z"),
            "loud"
        );
    }
}
