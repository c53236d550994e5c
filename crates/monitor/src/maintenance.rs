//! Declared maintenances, and changes that said how long they take: stretches of time in which windows tell nothing.

use crate::alert::NearChange;
use crate::matcher::Matchers;
use crate::window::{DAY_US, Window};
use candor_contract::parse_us;
use candor_contract::spec::{MonitorSpec, SilenceSpec};
use std::collections::BTreeMap;
use std::ops::Range;

/// The time of a maintenance; `None` for a silence that is none, and for times that are none.
pub fn maintenance_us(spec: &SilenceSpec) -> Option<Range<i64>> {
    if !spec.maintenance {
        return None;
    }
    Some(parse_us(spec.from.as_deref()?)?..parse_us(&spec.to)?)
}

/// Whether a silence is a maintenance that may be about a model's monitors.
pub fn maintains(spec: &SilenceSpec, model: &str) -> bool {
    let of_model = spec.matchers.iter().filter(|m| m.name == "model");
    let of_model: Vec<_> = of_model.cloned().collect();
    let labels = BTreeMap::from([("model".to_owned(), model.to_owned())]);
    maintenance_us(spec).is_some()
        && Matchers::new(&of_model).is_ok_and(|matchers| matchers.hold(&labels))
}

/// A change keeps windows from telling for so long at most, however late its end was said to be.
const CHANGE_US_MAX: i64 = DAY_US;
/// Of a window so much must fall into a change: what was away for minutes is little of a day.
const CHANGED_MIN: f64 = 0.1;

/// The first of `changes` that was under way in a window: for a tenth of it or more.
pub(crate) fn under_way<'a>(
    mut changes: impl Iterator<Item = &'a NearChange>,
    window: Window,
) -> Option<&'a NearChange> {
    changes.find(|change| {
        let Some(until_us) = change.until_us else {
            return false;
        };
        let end_us = until_us.min(change.at_us.saturating_add(CHANGE_US_MAX));
        let common_us = end_us.min(window.to_us) - change.at_us.max(window.from_us);
        common_us > 0 && common_us as f64 >= CHANGED_MIN * window.length_us() as f64
    })
}

/// A declared maintenance, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Maintenance {
    pub(crate) name: String,
    pub(crate) by: Option<String>,
    time_us: Range<i64>,
    matchers: Matchers,
}

/// All that a model's engine knows of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Maintenances {
    model: String,
    all: Vec<Maintenance>,
}

impl Maintenances {
    /// Those of a model; silences that are none, and such as cannot be read, are left out.
    pub(crate) fn new(model: &str, silences: &[(String, SilenceSpec)]) -> Self {
        let of = |(name, spec): &(String, SilenceSpec)| {
            Some(Maintenance {
                name: name.clone(),
                by: spec.by.clone(),
                time_us: maintenance_us(spec)?,
                matchers: Matchers::new(&spec.matchers).ok()?,
            })
        };
        Self {
            model: model.to_owned(),
            all: silences.iter().filter_map(of).collect(),
        }
    }

    /// The first by name that a window of a monitor falls into, if only in part.
    pub(crate) fn of(&self, spec: &MonitorSpec, window: Window) -> Option<&Maintenance> {
        let overlaps =
            |m: &&Maintenance| m.time_us.start < window.to_us && window.from_us < m.time_us.end;
        let mut near = self.all.iter().filter(overlaps).peekable();
        // Labels are made for the few windows that need them.
        near.peek()?;
        let labels = self.labels(spec);
        near.find(|m| m.matchers.hold(&labels))
    }

    fn labels(&self, spec: &MonitorSpec) -> BTreeMap<String, String> {
        let about = spec.measure.about();
        let labels = [
            ("model", Some(self.model.as_str())),
            ("family", Some(about.family.name())),
            ("measure", Some(spec.measure.name())),
            ("column", spec.column.as_deref()),
        ];
        let known = labels.into_iter();
        known
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::HOUR_US;
    use candor_contract::format_us;
    use candor_contract::spec::{Matcher, Measure};

    fn silence(matchers: &[(&str, &str)], hours: Range<i64>) -> SilenceSpec {
        let matchers = matchers.iter().map(|(name, value)| Matcher {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            regex: true,
            not: false,
        });
        SilenceSpec {
            matchers: matchers.collect(),
            from: Some(format_us(hours.start * HOUR_US)),
            to: format_us(hours.end * HOUR_US),
            by: Some("ann".to_owned()),
            why: "the store moves".to_owned(),
            maintenance: true,
        }
    }

    #[test]
    fn windows_that_overlap_are_of_the_maintenance_that_selects_their_monitor() {
        let errors = MonitorSpec::of("m", Measure::Errors);
        let missing = MonitorSpec {
            column: Some("input_income".to_owned()),
            ..MonitorSpec::of("m", Measure::Missing)
        };
        for (matchers, of_errors, of_missing) in [
            (vec![("model", "m")], true, true),
            (vec![("model", "n.*")], false, false),
            (vec![("model", ".*"), ("family", "service")], true, false),
            (
                vec![("model", "m"), ("measure", "missing|drift")],
                false,
                true,
            ),
            (
                vec![("model", "m"), ("column", "input_income")],
                false,
                true,
            ),
        ] {
            let spec = silence(&matchers, 10..12);
            assert_eq!(maintains(&spec, "m"), matchers[0].1 != "n.*");
            let all = Maintenances::new("m", &[("moves".to_owned(), spec)]);
            for (hour, length, within) in [
                (9, 1, false),
                (10, 1, true),
                (11, 1, true),
                (12, 1, false),
                (0, 24, true),
            ] {
                let window = Window::around(hour * HOUR_US, length * HOUR_US);
                let found = |monitor| all.of(monitor, window).is_some();
                let expected = (within && of_errors, within && of_missing);
                assert_eq!(
                    (found(&errors), found(&missing)),
                    expected,
                    "{matchers:?} {hour}"
                );
            }
        }
    }

    #[test]
    fn a_change_that_takes_time_covers_the_windows_of_which_it_takes_a_tenth() {
        const MINUTE_US: i64 = 60_000_000;
        // Minutes after noon at which it begins and was said to end, length of the window in minutes, first minutes of
        // the windows that it covers.
        let day = 24 * 60;
        for (from, until, length, covered) in [
            (10, Some(40), 60, vec![0]),
            (55, Some(80), 60, vec![60]),
            (50, Some(70), 60, vec![0, 60]),
            (10, Some(40), day, vec![]),
            (10, Some(10), 60, vec![]),
            (10, Some(0), 60, vec![]),
            (10, None, 60, vec![]),
            (0, Some(90 * day), day, vec![0]),
        ] {
            let change = NearChange {
                at_us: from * MINUTE_US,
                what: "deployment".to_owned(),
                until_us: until.map(|us| us * MINUTE_US),
            };
            let starts = (-2..4).map(|i| i * length);
            let found = starts.filter(|start| {
                let window = Window::around(start * MINUTE_US, length * MINUTE_US);
                under_way(std::iter::once(&change), window).is_some()
            });
            assert_eq!(
                found.collect::<Vec<_>>(),
                covered,
                "{from} {until:?} {length}"
            );
        }
    }

    #[test]
    fn plain_silences_and_such_without_times_are_none() {
        let good = silence(&[("model", "m")], 10..12);
        let plain = SilenceSpec {
            maintenance: false,
            ..good.clone()
        };
        let endless = SilenceSpec {
            from: None,
            ..good.clone()
        };
        let broken = SilenceSpec {
            to: "soon".to_owned(),
            ..good.clone()
        };
        assert_eq!(maintenance_us(&good), Some(10 * HOUR_US..12 * HOUR_US));
        for spec in [plain, endless, broken] {
            assert_eq!(maintenance_us(&spec), None);
            assert!(!maintains(&spec, "m"));
        }
    }
}
