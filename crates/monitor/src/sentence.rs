//! Figures as people read them.

use crate::alert::Point;
use candor_contract::spec::{Measure, MeasureAbout, Scale};

/// A number in at most four significant digits, without needless zeros.
pub(crate) fn number(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let size = x.abs().log10().floor() as i32;
    if !(-4..9).contains(&size) {
        return format!("{x:.2e}");
    }
    let digits = usize::try_from((2 - size).clamp(0, 6)).unwrap_or(0);
    let text = format!("{x:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    };
    grouped(&text)
}

/// Thousands apart, e.g. `12,400`.
fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |r| ("-", r));
    let (whole, part) = rest
        .split_once('.')
        .map_or((rest, None), |(w, p)| (w, Some(p)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(part) = part {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// A value of a measure with its unit.
pub(crate) fn value(about: &MeasureAbout, x: f64) -> String {
    let share = about.range == (0.0, 1.0) && about.measure != Measure::Drift;
    if share {
        return format!("{} %", number(100.0 * x));
    }
    if about.unit.is_empty() {
        return number(x);
    }
    format!("{} {}", number(x), about.unit)
}

/// Which rows a value is of: a share of them, or a figure over them.
pub(crate) const fn preposition(measure: Measure) -> &'static str {
    match measure {
        Measure::Errors
        | Measure::Missing
        | Measure::Unseen
        | Measure::Range
        | Measure::Mode
        | Measure::Complaints
        | Measure::Labels => "of",
        _ => "over",
    }
}

/// What a sustained breach says.
pub(crate) fn of_symptom(
    about: &MeasureAbout,
    place: &Place<'_>,
    point: &Point,
    usual: f64,
    remark: Option<&str>,
) -> String {
    let subject = subject(about, place);
    let Some(now) = point.value else {
        return format!("{subject}: nothing is known any more");
    };
    let interval = match (point.low, point.high) {
        (Some(low), Some(high)) if high > low => format!(
            " (95 % sure between {} and {})",
            value(about, low),
            value(about, high)
        ),
        _ => String::new(),
    };
    let usual = match about.scale {
        Scale::Log if usual > 0.0 && now > 0.0 => {
            let times = number((now / usual).max(usual / now));
            let way = if now > usual { "as much" } else { "less" };
            format!("usually {}; {times} times {way}", value(about, usual))
        }
        _ => format!("usually {}", value(about, usual)),
    };
    let remark = remark.map_or_else(String::new, |r| format!("; {r}"));
    format!(
        "{subject}: {} {} {} rows{interval}, {usual}{remark}",
        value(about, now),
        preposition(about.measure),
        number(point.n as f64)
    )
}

/// Where something was measured.
pub(crate) struct Place<'a> {
    pub(crate) column: Option<&'a str>,
    pub(crate) metric: Option<&'a str>,
    pub(crate) segment: Option<(&'a str, &'a str)>,
}

/// What was measured, and where.
pub(crate) fn subject(about: &MeasureAbout, place: &Place<'_>) -> String {
    let mut out = match place.metric {
        Some(metric) => format!("{} ({metric})", capital(about.title)),
        None => capital(about.title),
    };
    if let Some(column) = place.column {
        out.push_str(&format!(" of {column}"));
    }
    if let Some((name, value)) = place.segment {
        out.push_str(&format!(" where {name} is {value}"));
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (x, text) in [
            (0.0, "0"),
            (0.123_456, "0.123"),
            (12.5, "12.5"),
            (12_400.4, "12,400"),
            (-1234.0, "-1,234"),
            (0.000_01, "1.00e-5"),
        ] {
            assert_eq!(number(x), text);
        }
    }
}
