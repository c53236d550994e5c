//! Instants as people write them.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `2026-10-01T00:00:00Z` as `1 Oct 2026`, with the time of day unless it is midnight. What is no RFC 3339
/// time comes back as it is.
pub(super) fn full(instant: &str) -> String {
    match parts(instant) {
        Some((year, month, day, time)) => {
            let date = format!("{day} {month} {year}");
            match time {
                Some(time) => format!("{date}, {time}"),
                None => date,
            }
        }
        None => super::name::short(instant, 40).into_owned(),
    }
}

/// Without the year: `1 Oct`, `1 Oct 14:00`.
pub(super) fn brief(instant: &str) -> String {
    match parts(instant) {
        Some((_, month, day, Some(time))) => format!("{day} {month} {}", &time[..5]),
        Some((_, month, day, None)) => format!("{day} {month}"),
        None => super::name::short(instant, 16).into_owned(),
    }
}

/// With the year, and shorter than in full: `1 Oct 2026 14:00`.
pub(super) fn dated(instant: &str) -> String {
    match parts(instant) {
        Some((year, month, day, Some(time))) => format!("{day} {month} {year} {}", &time[..5]),
        Some((year, month, day, None)) => format!("{day} {month} {year}"),
        None => super::name::short(instant, 16).into_owned(),
    }
}

/// Both ends of a period; `None` if it has none.
pub(super) fn period(from: Option<&str>, to: Option<&str>) -> Option<String> {
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{} to {}", full(from), full(to))),
        (Some(from), None) => Some(format!("from {}", full(from))),
        (None, Some(to)) => Some(format!("until {}", full(to))),
        (None, None) => None,
    }
}

type Parts<'a> = (&'a str, &'static str, u8, Option<String>);

/// Year, month, day, and `14:00 UTC` unless it is midnight.
fn parts(instant: &str) -> Option<Parts<'_>> {
    if !instant.is_ascii() || instant.len() < 10 {
        return None;
    }
    let (date, rest) = instant.split_at(10);
    let mut fields = date.split('-');
    let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !is_digits(year) || fields.next().is_some() {
        return None;
    }
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let day: u8 = day.parse().ok()?;
    let time = match rest.get(1..6) {
        _ if rest.is_empty() => None,
        Some(time) if rest.starts_with(['T', ' ', 't']) => Some(time),
        _ => return None,
    };
    let zone = rest.trim_start_matches(|c: char| !matches!(c, 'Z' | 'z' | '+' | '-'));
    let zone = match zone {
        "" => String::new(),
        "Z" | "z" | "+00:00" => " UTC".to_owned(),
        other => format!(" {other}"),
    };
    let time = time.filter(|time| *time != "00:00");
    Some((year, month, day, time.map(|time| format!("{time}{zone}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants_are_days_and_times_of_day() {
        for (instant, expect, short) in [
            ("2026-10-01T00:00:00Z", "1 Oct 2026", "1 Oct"),
            ("2026-10-01", "1 Oct 2026", "1 Oct"),
            (
                "2026-12-24T14:05:09.123Z",
                "24 Dec 2026, 14:05 UTC",
                "24 Dec 14:05",
            ),
            (
                "2026-12-24 14:05:09+02:00",
                "24 Dec 2026, 14:05 +02:00",
                "24 Dec 14:05",
            ),
            ("yesterday", "yesterday", "yesterday"),
            (
                "2026-13-01T00:00:00Z",
                "2026-13-01T00:00:00Z",
                "2026-13-01…0:00Z",
            ),
            ("", "(empty)", "(empty)"),
        ] {
            assert_eq!(full(instant), expect);
            assert_eq!(brief(instant), short);
        }
    }

    #[test]
    fn where_years_differ_they_are_said() {
        assert_eq!(dated("2026-10-01T00:00:00Z"), "1 Oct 2026");
        assert_eq!(dated("2026-12-24T14:05:09.123Z"), "24 Dec 2026 14:05");
    }

    #[test]
    fn periods_say_what_they_know() {
        let (a, b) = (Some("2026-10-01"), Some("2026-10-08"));
        assert_eq!(period(a, b).unwrap(), "1 Oct 2026 to 8 Oct 2026");
        assert_eq!(period(a, None).unwrap(), "from 1 Oct 2026");
        assert_eq!(period(None, b).unwrap(), "until 8 Oct 2026");
        assert_eq!(period(None, None), None);
    }

    proptest! {
        #[test]
        fn any_text_has_a_form(text in ".*", dated in "[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,9}") {
            let _ = (full(&text), brief(&text), full(&dated), brief(&dated));
        }
    }
}
