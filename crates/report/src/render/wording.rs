//! Words and marks that every form uses alike.

use super::measure::Measure;
use super::{moment, number, order};
use crate::document::{Document, Figure, Severity, State};

/// The mark of a state; it differs in shape, not only in colour.
pub(super) const fn state_mark(state: State) -> &'static str {
    match state {
        State::Act => "▲",
        State::Watch => "◆",
        State::Fine => "●",
        State::Unknown => "○",
    }
}

/// A state in words.
pub(super) const fn state_words(state: State) -> &'static str {
    match state {
        State::Act => "needs attention",
        State::Watch => "worth a look",
        State::Fine => "fine",
        State::Unknown => "cannot tell",
    }
}

/// The mark of a severity.
pub(super) const fn severity_mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "▲",
        Severity::Warning => "◆",
        Severity::Notice => "•",
        Severity::Good => "✓",
    }
}

/// The sentence under the model's name: the verdict's, else one that counts.
pub(super) fn verdict(document: &Document) -> String {
    if let Some(verdict) = &document.verdict
        && !verdict.sentence.is_empty()
    {
        return sentence(&verdict.sentence);
    }
    if document.state() == State::Unknown {
        return "There are no rows to compare, so nothing can be told.".to_owned();
    }
    let mut parts = Vec::new();
    for (severity, one, many) in [
        (Severity::Critical, "critical finding", "critical findings"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Notice, "notice", "notices"),
    ] {
        let found = document.findings.iter().filter(|f| f.severity == severity);
        match found.count() {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    if parts.is_empty() {
        return "Nothing was found that needs a person.".to_owned();
    }
    listed(&parts) + "."
}

/// With a capital letter.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// `3 of 12 columns drifted`, if any was judged.
pub(super) fn drifted(document: &Document) -> Option<String> {
    let (drifted, judged) = document.drifted();
    let drifts = document.columns.iter().filter_map(|c| c.drift.as_ref());
    let open = drifts.filter(|drift| drift.undecided).count();
    match (drifted, judged) {
        (_, 0) => None,
        (0, 1) if open > 0 => Some("nothing can be told of the one column judged".to_owned()),
        (0, n) if open > 0 => Some(format!(
            "none of {n} columns drifted for certain, {open} cannot be told"
        )),
        (0, 1) => Some("the one column judged looks as before".to_owned()),
        (0, n) => Some(format!("none of {n} columns drifted")),
        (k, n) => Some(format!(
            "{k} of {n} {} drifted",
            if n == 1 { "column" } else { "columns" }
        )),
    }
}

/// `2 of 9 checks are broken`, if there are checks.
pub(super) fn broken(document: &Document) -> Option<String> {
    let checks = order::checks(document);
    let broken = checks.iter().filter(|check| check.breach).count();
    match (broken, checks.len()) {
        (_, 0) => None,
        (0, n) => Some(format!("all {n} checks hold")),
        (1, n) => Some(format!("1 of {n} checks is broken")),
        (k, n) => Some(format!("{k} of {n} checks are broken")),
    }
}

/// Value and interval of a figure, or why there is none, without its interval.
pub(super) fn figure(figure: &Figure, measure: &Measure) -> (String, Option<String>) {
    match figure.value.filter(|_| figure.is_ok()) {
        Some(value) => match figure.interval() {
            Some(interval) => {
                let (value, interval) = number::with_interval(measure.unit, value, interval);
                (value, Some(interval))
            }
            None => (number::of(measure.unit, value), None),
        },
        None => (why_not(figure), None),
    }
}

/// Both sides of a measure with the same decimals, and how many these are; a dash for a side that is not there.
pub(super) fn figures(
    sides: [Option<&Figure>; 2],
    measure: &Measure,
) -> ([(String, Option<String>); 2], Option<i32>) {
    let places = sides.into_iter().flatten().filter(|side| side.is_ok());
    let places = places
        .filter_map(|side| number::places(measure.unit, side.interval()?))
        .max();
    let told = |side: Option<&Figure>| {
        let Some(side) = side else {
            return ("–".to_owned(), None);
        };
        match (side.value.filter(|_| side.is_ok()), side.interval()) {
            (Some(value), Some(interval)) => {
                let (value, interval) =
                    number::with_interval_at(measure.unit, value, interval, places);
                (value, Some(interval))
            }
            _ => figure(side, measure),
        }
    };
    (sides.map(told), places)
}

/// A sentence of the report with its numbers and times written as elsewhere; what stands in quotes stays.
pub(super) fn sentence(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        if let Some(length) = instant(&out, rest) {
            let (time, after) = rest.split_at(length);
            out += &moment::dated(time);
            (rest, before) = (after, '0');
            continue;
        }
        if before.is_whitespace() || before == '(' {
            let length = rest.len() - rest.trim_start_matches(is_of_number).len();
            let (run, after) = rest.split_at(length);
            let digits = run.trim_end_matches('.');
            let ends = after.chars().next().is_none_or(|c| " ,;)%".contains(c));
            let known = digits
                .trim_start_matches('-')
                .starts_with(|c: char| c.is_ascii_digit());
            if let Some(number) = number::told(digits).filter(|_| ends && known) {
                let count = digits.parse().ok().filter(|_| after.starts_with(" rows"));
                out.push_str(&count.map_or(number, number::count));
                out.push_str(&run[digits.len()..]);
                (rest, before) = (after, '0');
                continue;
            }
        }
        out.push(first);
        before = first;
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// How long the instant is that a text begins with, after a word that one follows.
fn instant(before: &str, text: &str) -> Option<usize> {
    const WORDS: [&str; 4] = ["since ", "from ", "until ", "to "];
    const DAY: &str = "0000-00-00";
    if !WORDS.iter().any(|word| before.ends_with(word)) {
        return None;
    }
    let like = |text: &str, form: &str| {
        let letters = text.bytes().zip(form.bytes());
        let fits = |(a, b): (u8, u8)| {
            if b == b'0' {
                a.is_ascii_digit()
            } else {
                a == b
            }
        };
        text.len() >= form.len() && letters.into_iter().all(fits)
    };
    if !like(text, DAY) {
        return None;
    }
    let rest = &text[DAY.len()..];
    let time = if rest.starts_with('T') {
        let end = rest.find([' ', ',', ';', ')']).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.').len()
    } else if like(rest, " 00:00:00") {
        9
    } else if like(rest, " 00:00") {
        6
    } else {
        0
    };
    Some(DAY.len() + time)
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | '-')
}

/// Sections that cannot be told, in the order of the page, those with the same reason together.
pub(super) fn absent(document: &Document) -> Vec<(String, &str)> {
    const ORDER: [&str; 9] = [
        "drift",
        "columns",
        "performance",
        "estimated_performance",
        "windows",
        "calibration",
        "fairness",
        "slices",
        "quality",
    ];
    let place = |key: &str| ORDER.iter().position(|known| *known == key);
    let mut keys: Vec<(&String, &String)> = document.absent.iter().collect();
    keys.sort_by_key(|(key, _)| (place(key).unwrap_or(ORDER.len()), *key));
    let mut told: Vec<(Vec<String>, &str)> = Vec::new();
    for (key, why) in keys {
        let name = section(key);
        match told.iter_mut().find(|(_, known)| *known == why.as_str()) {
            Some((names, _)) if place(key).is_some() => names.push(small(&name)),
            Some((names, _)) => names.push(name),
            None => told.push((vec![name], why)),
        }
    }
    let joined = told.into_iter().map(|(names, why)| (names.join(", "), why));
    joined.collect()
}

fn small(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Whether what samples of these sizes differ by alone is taken off a method's effect; other effects are as measured.
pub(super) fn is_beyond_chance(method: &str) -> bool {
    matches!(
        method,
        "wasserstein_normed" | "js" | "psi" | "hellinger" | "tv" | "kl"
    )
}

/// The name of a method of drift in words, with the unit of its effect.
pub(super) fn method(method: &str) -> String {
    match method {
        "wasserstein_normed" => "wasserstein, sd".to_owned(),
        _ => super::name::short(&method.replace('_', " "), 40).into_owned(),
    }
}

/// Why a figure has no value, in a few words.
pub(super) fn why_not(figure: &Figure) -> String {
    match (figure.needed, &figure.reason) {
        (Some(needed), _) => format!("too few rows ({} of {})", figure.n, needed),
        (None, Some(reason)) => format!("undefined: {reason}"),
        (None, None) => "–".to_owned(),
    }
}

/// The title of a section's key, as a person says it.
pub(super) fn section(key: &str) -> String {
    let known = match key {
        "drift" | "columns" => "Drift",
        "quality" => "Quality of the data",
        "performance" => "Performance",
        "estimated_performance" => "Performance without outcomes",
        "calibration" => "Calibration",
        "fairness" => "Fairness",
        "slices" => "Weak slices",
        "windows" => "Windows",
        "pca_reconstruction" => "Reconstruction of the inputs",
        _ => return super::name::short(key, 60).into_owned(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::measure;
    use super::*;
    use crate::document::{Column, Drift, Finding, Period, Verdict};

    fn document(severities: &[Severity]) -> Document {
        let rows = || Period {
            rows: 5,
            ..Period::default()
        };
        let finding = |severity: &Severity| Finding {
            severity: *severity,
            ..Finding::default()
        };
        Document {
            reference: rows(),
            current: rows(),
            findings: severities.iter().map(finding).collect(),
            ..Document::default()
        }
    }

    #[test]
    fn the_verdict_counts_what_was_found() {
        use Severity::{Critical, Good, Notice, Warning};
        for (severities, sentence) in [
            (&[][..], "Nothing was found that needs a person."),
            (&[Good], "Nothing was found that needs a person."),
            (&[Critical], "1 critical finding."),
            (
                &[Warning, Critical, Warning],
                "1 critical finding and 2 warnings.",
            ),
            (
                &[Critical, Warning, Notice, Notice],
                "1 critical finding, 1 warning and 2 notices.",
            ),
        ] {
            assert_eq!(verdict(&document(severities)), sentence);
        }
        let empty = Document::default();
        assert!(verdict(&empty).starts_with("There are no rows"));
        let told = Document {
            verdict: Some(Verdict {
                state: State::Act,
                sentence: "Refusals rose.".into(),
            }),
            ..Document::default()
        };
        assert_eq!(verdict(&told), "Refusals rose.");
    }

    #[test]
    fn lists_and_capitals_are_those_of_sentences() {
        let list = |parts: &[&str]| {
            listed(
                &parts
                    .iter()
                    .map(|part| (*part).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(list(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(capital("all 3 checks hold"), "All 3 checks hold");
        assert_eq!(capital(""), "");
    }

    #[test]
    fn numbers_of_sentences_are_written_as_elsewhere() {
        for (text, expect) in [
            (
                "lower (-120.1 now, -118.6 before).",
                "lower (−120.1 now, −118.6 before).",
            ),
            ("elsewhere (23889 rows).", "elsewhere (23 889 rows)."),
            ("at least 0.8888888888888888.", "at least 0.8889."),
            (
                "since 2017-02-28. “-1” and a-1 and 5-6",
                "since 28 Feb 2017. “-1” and a-1 and 5-6",
            ),
            (
                "from 2012-01-24T05:00:00Z to 2012-01-25.",
                "from 24 Jan 2012 05:00 to 25 Jan 2012.",
            ),
            (
                "717 from 2023-11-16 18:55, 2023-11-16",
                "717 from 16 Nov 2023 18:55, 2023-11-16",
            ),
            ("3 of 4. -", "3 of 4. -"),
        ] {
            assert_eq!(sentence(text).replace(number::THIN, " "), expect);
        }
    }

    #[test]
    fn sections_without_figures_are_told_together_and_in_order() {
        let mut document = Document::default();
        for (key, why) in [
            ("slices", "a"),
            ("calibration", "a"),
            ("drift", "b"),
            ("fairness", "a"),
        ] {
            document.absent.insert(key.into(), why.into());
        }
        let told = [
            ("Drift".to_owned(), "b"),
            ("Calibration, fairness, weak slices".to_owned(), "a"),
        ];
        assert_eq!(absent(&document), told);
    }

    #[test]
    fn drifted_columns_are_counted_in_words() {
        let judged = |drifted: &[bool]| Document {
            columns: drifted
                .iter()
                .map(|drifted| Column {
                    drift: Some(Drift {
                        drifted: *drifted,
                        ..Drift::default()
                    }),
                    ..Column::default()
                })
                .collect(),
            ..Document::default()
        };
        for (columns, words) in [
            (&[][..], None),
            (&[false], Some("the one column judged looks as before")),
            (&[true], Some("1 of 1 column drifted")),
            (&[false, false], Some("none of 2 columns drifted")),
            (&[true, false, true], Some("2 of 3 columns drifted")),
        ] {
            assert_eq!(drifted(&judged(columns)).as_deref(), words);
        }
    }

    #[test]
    fn a_figure_says_its_interval_or_why_it_has_none() {
        let measure = measure::of("recall");
        let told = |figure: Figure| {
            let (value, interval) = super::figure(&figure, &measure);
            format!("{value}|{}", interval.unwrap_or_default()).replace(number::THIN, " ")
        };
        let stands = Figure {
            value: Some(0.5),
            low: Some(0.4),
            high: Some(0.6),
            status: "ok".into(),
            ..Figure::default()
        };
        assert_eq!(told(stands.clone()), "50 %|40 to 60");
        assert_eq!(
            told(Figure {
                low: None,
                ..stands.clone()
            }),
            "50 %|"
        );
        let too_few = Figure {
            status: "too_few".into(),
            needed: Some(30),
            n: 4,
            value: None,
            ..stands.clone()
        };
        assert_eq!(told(too_few), "too few rows (4 of 30)|");
        let undefined = Figure {
            status: "undefined".into(),
            reason: Some("no positives".into()),
            value: None,
            ..stands
        };
        assert_eq!(told(undefined), "undefined: no positives|");
    }
}
