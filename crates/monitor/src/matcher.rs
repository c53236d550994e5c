//! Conditions on labels, ready to be asked: those of silences and of Alertmanager's filters.

use candor_contract::spec::{Matcher, SilenceSpec};
use regex::{Regex, RegexBuilder};
use std::collections::BTreeMap;

/// Most bytes that an expression may take once it is compiled.
const REGEX_BYTES_MAX: usize = 1 << 18;

/// An expression that cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The expression of the matcher on `{name}` is not valid: {why}")]
pub struct BadExpression {
    /// The label.
    pub name: String,
    /// What is wrong with it, in a line.
    pub why: String,
}

#[derive(Debug, Clone)]
enum Test {
    Equals(String),
    Matches(Regex),
}

/// Matchers that must all hold.
#[derive(Debug, Clone)]
pub struct Matchers(Vec<(Matcher, Test)>);

impl Matchers {
    /// Prepares matchers. An expression must match the whole value.
    pub fn new(matchers: &[Matcher]) -> Result<Self, BadExpression> {
        let test = |matcher: &Matcher| {
            if !matcher.regex {
                return Ok((matcher.clone(), Test::Equals(matcher.value.clone())));
            }
            let anchored = format!("^(?:{})$", matcher.value);
            RegexBuilder::new(&anchored)
                .size_limit(REGEX_BYTES_MAX)
                .build()
                .map(|regex| (matcher.clone(), Test::Matches(regex)))
                .map_err(|error| BadExpression {
                    name: matcher.name.clone(),
                    why: error.to_string().lines().last().unwrap_or_default().into(),
                })
        };
        matchers
            .iter()
            .map(test)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether all hold. A label that is absent counts as empty; no matchers hold for nothing.
    pub fn hold(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.0.is_empty()
            && self.0.iter().all(|(matcher, test)| {
                let value = labels.get(&matcher.name).map_or("", String::as_str);
                let matches = match test {
                    Test::Equals(expected) => value == expected,
                    Test::Matches(regex) => regex.is_match(value),
                };
                matches != matcher.not
            })
    }
}

/// A silence, ready to be asked.
#[derive(Debug)]
pub(crate) struct Silence<'a> {
    pub(crate) id: &'a str,
    pub(crate) spec: &'a SilenceSpec,
    pub(crate) from_us: i64,
    pub(crate) to_us: i64,
    matchers: Matchers,
}

impl<'a> Silence<'a> {
    /// `None` for a spec with times or expressions that are none: it then hides nothing.
    pub(crate) fn new(id: &'a str, spec: &'a SilenceSpec) -> Option<Self> {
        let from_us = match &spec.from {
            Some(text) => candor_contract::parse_us(text)?,
            None => i64::MIN,
        };
        Some(Self {
            id,
            spec,
            from_us,
            to_us: candor_contract::parse_us(&spec.to)?,
            matchers: Matchers::new(&spec.matchers).ok()?,
        })
    }

    /// Whether it is in force.
    pub(crate) const fn holds_at(&self, at_us: i64) -> bool {
        self.from_us <= at_us && at_us < self.to_us
    }

    /// Whether it is about an alert with these labels.
    pub(crate) fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.matchers.hold(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: &str, regex: bool, not: bool, label: Option<&str>) -> bool {
        let matcher = Matcher {
            name: "model".to_owned(),
            value: value.to_owned(),
            regex,
            not,
        };
        let labels = label.map(|l| ("model".to_owned(), l.to_owned()));
        let matchers = Matchers::new(&[matcher]).unwrap();
        matchers.hold(&labels.into_iter().collect())
    }

    #[test]
    fn matchers_are_those_of_alertmanager() {
        let credit = Some("credit-risk");
        for (value, regex, not, label, expected) in [
            ("credit-risk", false, false, credit, true),
            ("credit", false, false, credit, false),
            ("credit", false, true, credit, true),
            ("credit.*", true, false, credit, true),
            // The whole value must match, alternatives included.
            ("credit", true, false, credit, false),
            ("x|credit", true, false, credit, false),
            ("x|credit-risk", true, false, credit, true),
            ("credit.*", true, true, credit, false),
            // What is absent is empty.
            ("", false, false, None, true),
            (".+", true, false, None, false),
            (".+", true, true, None, true),
        ] {
            assert_eq!(
                holds(value, regex, not, label),
                expected,
                "{value:?} regex={regex} not={not} {label:?}"
            );
        }
    }

    #[test]
    fn no_matchers_hold_for_nothing() {
        assert!(!Matchers::new(&[]).unwrap().hold(&BTreeMap::new()));
    }

    #[test]
    fn expressions_have_bounds() {
        for value in ["(", r"(\w{100}){100}"] {
            let matcher = Matcher {
                name: "model".to_owned(),
                value: value.to_owned(),
                regex: true,
                not: false,
            };
            let error = Matchers::new(&[matcher]).unwrap_err();
            assert!(!error.why.is_empty(), "{error}");
        }
    }
}
