//! Numbers in sentences.

/// A share in percent; neither all nor nothing unless it is.
pub(super) fn percent(x: f64) -> String {
    if (0.9995..1.0).contains(&x) {
        return "> 99.9 %".to_owned();
    }
    if x > 0.0 && x < 0.0005 {
        return "< 0.1 %".to_owned();
    }
    format!("{:.1} %", 100.0 * x)
}

/// A difference of shares in percentage points, without the word.
pub(super) fn points(x: f64) -> String {
    let text = format!("{:.1}", 100.0 * x);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Both ends of a change in points, alike: with decimals, or whole.
pub(super) fn points_of(ends: [f64; 2]) -> [String; 2] {
    let whole = ends.map(points).iter().all(|end| !end.contains('.'));
    ends.map(|end| {
        if whole {
            points(end)
        } else {
            format!("{:.1}", 100.0 * end)
        }
    })
}

/// With a capital letter, as sentences begin.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Names that begin with somebody's.
const PERSONS: [&str; 5] = ["Brier", "Cohen", "Gini", "Jaccard", "Matthews"];

/// A title amid a sentence: without its capital, unless that is of a name or of letters that stand for words.
pub(super) fn amid(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string());
    let goes_on = letters.as_str().starts_with(char::is_lowercase);
    if !goes_on || PERSONS.iter().any(|name| title.starts_with(name)) {
        return title.to_owned();
    }
    first.unwrap_or_default() + letters.as_str()
}

/// A bound of values: whole ones in full, others in four digits that matter.
pub(super) fn bound(x: f64) -> String {
    if x.fract() == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let places = 3 - x.abs().log10().floor() as i32;
    if !(0..=12).contains(&places) {
        return short(x);
    }
    let text = format!("{x:.*}", places as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A number in at most four digits that matter.
pub(super) fn short(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || (1e-3..1e6).contains(&size) {
        let digits = if x == 0.0 {
            0
        } else {
            (3 - size.log10().floor() as i32).clamp(0, 6)
        };
        let text = format!("{x:.*}", digits as usize);
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
    }
    format!("{x:.3e}")
}

/// A count with its noun.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let told: Vec<String> = [0.0, 0.25, 1234.5678, 12.0, 1e-9, 2.5e9, -0.012_36]
            .into_iter()
            .map(short)
            .collect();
        assert_eq!(
            told,
            ["0", "0.25", "1235", "12", "1.000e-9", "2.500e9", "-0.01236"]
        );
    }

    #[test]
    fn a_share_is_all_or_nothing_only_where_it_is() {
        let told = [0.0, 0.0001, 0.5, 0.999_99, 1.0].map(percent);
        assert_eq!(told, ["0.0 %", "< 0.1 %", "50.0 %", "> 99.9 %", "100.0 %"]);
        assert_eq!([0.05, 0.0549].map(points), ["5", "5.5"]);
        assert_eq!(points_of([0.05, 0.058]), ["5.0", "5.8"]);
        assert_eq!(points_of([0.05, 0.06]), ["5", "6"]);
    }

    #[test]
    fn bounds_have_four_digits_that_matter_and_whole_ones_all() {
        let told = [
            0.000_053_066_07,
            0.970_88,
            1_234_567.0,
            -7.141_59,
            12_345.67,
        ]
        .map(bound);
        assert_eq!(told, ["0.00005307", "0.9709", "1234567", "-7.142", "12346"]);
    }

    #[test]
    fn titles_amid_a_sentence_keep_the_capitals_of_names_alone() {
        for (title, told) in [
            ("Mean absolute error", "mean absolute error"),
            ("ROC AUC", "ROC AUC"),
            ("R²", "R²"),
            ("F0.5", "F0.5"),
            ("Brier score", "Brier score"),
            ("Recall", "recall"),
        ] {
            assert_eq!(amid(title), told);
        }
        assert_eq!(capital("recall"), "Recall");
    }
}
