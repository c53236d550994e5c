//! Numbers as people read them: three digits that matter, thin spaces, a real minus.

/// Groups of digits and signs of percent stand off by this: narrow, and never broken.
pub(super) const THIN: char = '\u{202f}';

/// How a quantity is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A share in [0, 1], written in percent.
    Share,
    /// A number.
    Plain,
}

/// A count: `30 000`.
pub(super) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A number with three significant digits, whole ones in full: `0.0123`, `52 314`, `1.2 × 10⁻⁷`.
pub(super) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e9).contains(&size) {
        scientific(value)
    } else if size >= 1000.0 {
        decimals(value, 0)
    } else {
        trimmed(decimals(value, 2 - exponent(size)))
    }
}

/// A share in percent: `12.3 %`, `0.04 %`; `< 0.01 %` below that.
pub(super) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let percent = share * 100.0;
    let size = percent.abs();
    let digits = if size == 0.0 {
        "0".to_owned()
    } else if size < 0.01 {
        let sign = if percent < 0.0 { "−" } else { "" };
        return format!("<{THIN}{sign}0.01{THIN}%");
    } else if size < 1.0 {
        trimmed(decimals(percent, 2))
    } else {
        trimmed(decimals(percent, 1))
    };
    format!("{digits}{THIN}%")
}

/// A probability: `0.012`, `< 0.001`.
pub(super) fn probability(p: f64) -> String {
    let p = p.clamp(0.0, 1.0);
    if !p.is_finite() {
        "–".to_owned()
    } else if p < 0.001 {
        format!("<{THIN}0.001")
    } else if p < 0.1 {
        decimals(p, 3)
    } else {
        decimals(p, 2)
    }
}

/// A value by its unit.
pub(super) fn of(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Share => percent(value),
        Unit::Plain => plain(value),
    }
}

/// A difference by its unit, with its sign; shares in percentage points.
pub(super) fn difference(unit: Unit, value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    match unit {
        Unit::Share => format!("{sign}{}", percent(value).replace('%', "pp")),
        Unit::Plain => format!("{sign}{}", plain(value)),
    }
}

/// A value with its interval, both as fine as the interval allows: `81.2 % (79.6 to 82.7)`.
pub(super) fn with_interval(unit: Unit, value: f64, (low, high): (f64, f64)) -> (String, String) {
    let scale = match unit {
        Unit::Share => 100.0,
        Unit::Plain => 1.0,
    };
    let (value, low, high) = (value * scale, low * scale, high * scale);
    let width = (high - low).abs();
    let write = |x: f64| {
        let size = x.abs();
        if x == 0.0 {
            "0".to_owned()
        } else if unit == Unit::Share && (x - 100.0).abs() < f64::EPSILON {
            "100".to_owned()
        } else if !(width.is_finite() && width > 0.0) || size >= 1e9 || width < 1e-7 {
            plain(x)
        } else {
            decimals(x, (1 - exponent(width)).clamp(0, 6))
        }
    };
    let sign = match unit {
        Unit::Share => format!("{THIN}%"),
        Unit::Plain => String::new(),
    };
    let interval = format!("{} to {}", write(low), write(high));
    (format!("{}{sign}", write(value)), interval)
}

/// The power of ten of the first digit.
fn exponent(size: f64) -> i32 {
    size.log10().floor() as i32
}

/// With that many decimals (none if negative), grouped, with a real minus, and no negative zero.
fn decimals(value: f64, places: i32) -> String {
    let places = usize::try_from(places).unwrap_or(0);
    let digits = format!("{:.*}", places, value.abs());
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let is_zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}{rest}", grouped(whole))
}

/// Without zeros at the end of a fraction.
fn trimmed(digits: String) -> String {
    if digits.contains('.') {
        digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        digits
    }
}

/// Digits in threes, from five digits on.
fn grouped(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len());
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(THIN);
        }
        grouped.push(digit);
    }
    grouped
}

fn scientific(value: f64) -> String {
    let text = format!("{:.2e}", value.abs());
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let sign = if value < 0.0 { "−" } else { "" };
    let power: String = power.chars().map(raised).collect();
    format!("{sign}{} × 10{power}", trimmed(digits.to_owned())).replace(' ', "\u{202f}")
}

fn raised(digit: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let place = digit.to_digit(10).and_then(|d| usize::try_from(d).ok());
    place.and_then(|d| RAISED.get(d).copied()).unwrap_or('⁻')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spaced(text: &str) -> String {
        text.replace(THIN, " ")
    }

    #[test]
    fn numbers_have_three_digits_that_matter() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.012_345, "0.0123"),
            (-0.5, "−0.5"),
            (1.0, "1"),
            (12.345, "12.3"),
            (123.45, "123"),
            (999.96, "1000"),
            (1234.5, "1234"),
            (52_314.4, "52 314"),
            (-1_234_567.0, "−1 234 567"),
            (1.234e12, "1.23 × 10¹²"),
            (1.5e-7, "1.5 × 10⁻⁷"),
            (1e300, "1 × 10³⁰⁰"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(spaced(&plain(value)), text, "{value}");
        }
    }

    #[test]
    fn shares_are_percent() {
        for (share, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.1234, "12.3 %"),
            (0.4, "40 %"),
            (0.004_56, "0.46 %"),
            (0.000_02, "< 0.01 %"),
            (-0.000_02, "< −0.01 %"),
            (-0.25, "−25 %"),
        ] {
            assert_eq!(spaced(&percent(share)), text, "{share}");
        }
    }

    #[test]
    fn probabilities_stop_at_a_thousandth() {
        for (p, text) in [
            (0.0, "< 0.001"),
            (0.0123, "0.012"),
            (0.05, "0.050"),
            (0.5, "0.50"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(spaced(&probability(p)), text, "{p}");
        }
    }

    #[test]
    fn a_value_is_as_fine_as_its_interval() {
        let check = |unit, value, interval, expect: &str| {
            let (value, interval) = with_interval(unit, value, interval);
            assert_eq!(spaced(&format!("{value} ({interval})")), expect);
        };
        check(Unit::Share, 0.8123, (0.796, 0.827), "81.2 % (79.6 to 82.7)");
        check(Unit::Share, 0.8, (0.5, 0.95), "80 % (50 to 95)");
        check(Unit::Plain, 0.812_34, (0.8, 0.82), "0.812 (0.800 to 0.820)");
        check(
            Unit::Plain,
            52_314.0,
            (51_000.0, 53_500.0),
            "52 314 (51 000 to 53 500)",
        );
        check(Unit::Plain, -0.001, (-0.2, 0.1), "0.00 (−0.20 to 0.10)");
        check(Unit::Plain, 0.5, (0.5, 0.5), "0.5 (0.5 to 0.5)");
        check(Unit::Share, 0.0, (0.0, 0.000_46), "0 % (0 to 0.046)");
        check(Unit::Share, 1.0, (0.999_53, 1.0), "100 % (99.953 to 100)");
    }

    #[test]
    fn differences_carry_their_sign() {
        assert_eq!(spaced(&difference(Unit::Share, 0.031)), "+3.1 pp");
        assert_eq!(spaced(&difference(Unit::Plain, -0.5)), "−0.5");
        assert_eq!(spaced(&difference(Unit::Plain, 0.0)), "0");
    }

    proptest! {
        #[test]
        fn no_number_is_long_or_empty(value in proptest::num::f64::ANY) {
            for text in [plain(value), percent(value.clamp(-1.0, 1.0)), probability(value.abs())] {
                let length = text.chars().count();
                prop_assert!((1..=16).contains(&length), "{text}");
                prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
        }

        #[test]
        fn three_digits_lose_at_most_half_a_percent(value in 1e-4..1e9_f64) {
            let text = plain(value).replace(THIN, "");
            let read: f64 = text.parse().unwrap();
            prop_assert!((read - value).abs() <= 0.005 * value.abs(), "{value} {text}");
        }
    }
}
