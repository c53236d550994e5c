//! Numbers as people read them: three digits that matter, thin spaces, a real minus.

/// Groups of digits and signs of percent stand off by this: narrow, and never broken.
pub(super) const THIN: char = '\u{202f}';

/// How a quantity is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A share in [0, 1], written in percent.
    Share,
    /// A difference of shares, written in percentage points.
    Points,
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

/// A share in percent: `12.3 %`, `0.04 %`; `< 0.01 %` below that, and never all of them where it is less.
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
    } else if (99.995..100.0).contains(&size) {
        let sign = if percent < 0.0 { "−" } else { "" };
        return format!(">{THIN}{sign}99.99{THIN}%");
    } else if size < 1.0 || (99.95..100.0).contains(&size) {
        trimmed(decimals(percent, 2))
    } else {
        trimmed(decimals(percent, 1))
    };
    format!("{digits}{THIN}%")
}

/// An effect, of which nobody needs less than a thousandth: `0.148`, `< 0.001`.
pub(super) fn effect(value: f64) -> String {
    if value.abs() > 0.0 && value.abs() < 0.001 {
        format!("<{THIN}0.001")
    } else {
        plain(value)
    }
}

/// Values of one row with the same decimals: three digits of the spread that they are seen against.
pub(super) fn alike(values: &[Option<f64>], spread: f64) -> Vec<String> {
    let finite = || values.iter().flatten().filter(|value| value.is_finite());
    let is_extreme = finite().any(|value| value.abs() >= 1e9);
    if is_extreme || !(spread.is_finite() && spread >= 1e-4) {
        let told = |value: &Option<f64>| value.map_or("–".to_owned(), plain);
        return values.iter().map(told).collect();
    }
    let places = (2 - exponent(spread)).clamp(0, 6);
    let spare = spare_zeros(finite().map(|value| decimals(*value, places)));
    let write = |value: &Option<f64>| match value.filter(|value| value.is_finite()) {
        Some(value) => decimals(value, places - spare),
        None => "–".to_owned(),
    };
    values.iter().map(write).collect()
}

/// Shares of one row in percent with the same decimals; none and all stay whole.
pub(super) fn percents(shares: &[f64]) -> Vec<String> {
    let is_whole = |share: f64| share == 0.0 || (share - 1.0).abs() < f64::EPSILON;
    let is_plain = |share: &&f64| {
        let is_extreme = share.abs() < 1e-4 || (0.999_95..1.0).contains(&share.abs());
        share.is_finite() && !is_whole(**share) && !is_extreme
    };
    let broken = || shares.iter().filter(is_plain);
    let is_fine = |share: &f64| share.abs() < 0.01 || (0.9995..1.0).contains(&share.abs());
    let places = if broken().any(is_fine) { 2 } else { 1 };
    let spare = spare_zeros(broken().map(|share| decimals(share * 100.0, places)));
    let write = |share: &f64| {
        if is_plain(&share) {
            format!("{}{THIN}%", decimals(share * 100.0, places - spare))
        } else {
            percent(*share)
        }
    };
    shares.iter().map(write).collect()
}

/// Zeros that all of these numbers end in behind the point.
fn spare_zeros(numbers: impl Iterator<Item = String>) -> i32 {
    let zeros = |number: String| {
        let (_, fraction) = number.split_once('.')?;
        i32::try_from(fraction.len() - fraction.trim_end_matches('0').len()).ok()
    };
    numbers
        .map(|number| zeros(number).unwrap_or(0))
        .min()
        .unwrap_or(0)
}

/// A number of a sentence, written by somebody else: a real minus, and at most four digits that matter where it
/// has many decimals.
pub(super) fn told(digits: &str) -> Option<String> {
    let value: f64 = digits.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let size = value.abs();
    if fraction.len() > 6 && (1e-4..1e9).contains(&size) {
        return Some(trimmed(decimals(value, (3 - exponent(size)).clamp(0, 6))));
    }
    let text = whole.trim_start_matches('-');
    let sign = if digits.starts_with('-') { "−" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{text}{point}{fraction}"))
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
        Unit::Points => percent(value).replace('%', "pp"),
        Unit::Plain => plain(value),
    }
}

/// A difference by its unit, with its sign; shares in percentage points.
pub(super) fn difference(unit: Unit, value: f64) -> String {
    let text = match unit {
        Unit::Share | Unit::Points => percent(value).replace('%', "pp"),
        Unit::Plain => plain(value),
    };
    signed(value, text)
}

/// The same with that many decimals, for a difference beside its sides.
pub(super) fn difference_at(unit: Unit, value: f64, places: i32) -> String {
    let size = value.abs() * if unit == Unit::Plain { 1.0 } else { 100.0 };
    if !size.is_finite() || size >= 1e9 || size < 0.5 * 10_f64.powi(-places) {
        return difference(unit, value);
    }
    let text = match unit {
        Unit::Share | Unit::Points => format!("{}{THIN}pp", decimals(value * 100.0, places)),
        Unit::Plain => decimals(value, places),
    };
    signed(value, text)
}

fn signed(value: f64, text: String) -> String {
    if value > 0.0 && !text.starts_with(['<', '>']) {
        format!("+{text}")
    } else {
        text
    }
}

/// Decimals that an interval bears: two digits of its width.
pub(super) fn places(unit: Unit, (low, high): (f64, f64)) -> Option<i32> {
    let scale = if unit == Unit::Plain { 1.0 } else { 100.0 };
    let width = (high - low).abs() * scale;
    (width.is_finite() && width >= 1e-7).then(|| (1 - exponent(width)).clamp(0, 6))
}

/// A value with its interval, both as fine as the interval allows: `81.2 % (79.6 to 82.7)`.
pub(super) fn with_interval(unit: Unit, value: f64, interval: (f64, f64)) -> (String, String) {
    with_interval_at(unit, value, interval, places(unit, interval))
}

/// The same with that many decimals, for figures beside each other; as it comes without any.
pub(super) fn with_interval_at(
    unit: Unit,
    value: f64,
    (low, high): (f64, f64),
    places: Option<i32>,
) -> (String, String) {
    let scale = match unit {
        Unit::Share | Unit::Points => 100.0,
        Unit::Plain => 1.0,
    };
    let (value, low, high) = (value * scale, low * scale, high * scale);
    let width = (high - low).abs();
    let is_narrow = !(width.is_finite() && width >= 1e-7);
    let write = |x: f64| {
        let places = places.filter(|_| !is_narrow && x.abs() < 1e9);
        if x == 0.0 {
            "0".to_owned()
        } else if unit == Unit::Share && (x - 100.0).abs() < f64::EPSILON {
            "100".to_owned()
        } else {
            places.map_or_else(|| plain(x), |places| decimals(x, places))
        }
    };
    let sign = match unit {
        Unit::Share => format!("{THIN}%"),
        Unit::Points => format!("{THIN}pp"),
        Unit::Plain => String::new(),
    };
    let interval = format!("{} to {}", write(low), write(high));
    let mut written = write(value);
    if unit == Unit::Share && value < 100.0 && written.starts_with("100") {
        // Less than all is not told as all.
        let places = places.unwrap_or(2).clamp(0, 6);
        let step = 10_f64.powi(places);
        written = decimals((value * step).floor() / step, places);
    }
    (format!("{written}{sign}"), interval)
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
            (0.9997, "99.97 %"),
            (0.999_99, "> 99.99 %"),
            (-0.999_99, "> −99.99 %"),
            (1.234, "123.4 %"),
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
        check(Unit::Points, 0.178, (0.165, 0.19), "17.8 pp (16.5 to 19.0)");
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
        check(Unit::Share, 0.9997, (0.9, 0.9998), "99.9 % (90.0 to 100.0)");
    }

    #[test]
    fn a_row_has_the_same_decimals() {
        let told = |values: &[f64], spread| {
            let values: Vec<_> = values.iter().copied().map(Some).collect();
            alike(&values, spread).join(" ")
        };
        assert_eq!(told(&[-123.4, -123.0], 0.4), "−123.4 −123.0");
        assert_eq!(told(&[-118.6, -120.08], 2.0), "−118.60 −120.08");
        assert_eq!(told(&[17.0, 90.0], 13.1), "17 90");
        assert_eq!(told(&[0.5, 1.25], 0.0), "0.5 1.25");
        let told = |shares: &[f64]| spaced(&percents(shares).join(" "));
        assert_eq!(told(&[0.61, 0.646]), "61.0 % 64.6 %");
        assert_eq!(told(&[0.39, 0.4]), "39 % 40 %");
        assert_eq!(told(&[0.0, 0.0046, 1.0]), "0 % 0.46 % 100 %");
        assert_eq!(told(&[0.000_01, 0.2]), "< 0.01 % 20 %");
        assert_eq!(told(&[0.9999, 0.0, 0.9999]), "99.99 % 0 % 99.99 %");
        assert_eq!(told(&[0.999_99, 0.000_01]), "> 99.99 % < 0.01 %");
    }

    #[test]
    fn small_effects_and_numbers_of_sentences_are_short() {
        assert_eq!(spaced(&effect(4.38e-11)), "< 0.001");
        assert_eq!((effect(0.0), effect(0.148)), ("0".into(), "0.148".into()));
        for (digits, text) in [
            ("-120.1", "−120.1"),
            ("0.8888888888888888", "0.8889"),
            ("25530", "25530"),
        ] {
            assert_eq!(told(digits).as_deref(), Some(text));
        }
        assert_eq!(told("1.2.3"), None);
    }

    #[test]
    fn differences_carry_their_sign() {
        assert_eq!(spaced(&difference(Unit::Share, 0.000_02)), "< 0.01 pp");
        assert_eq!(difference_at(Unit::Plain, 0.32, 3), "+0.320");
        assert_eq!(difference_at(Unit::Plain, 0.0001, 2), "+0.0001");
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
