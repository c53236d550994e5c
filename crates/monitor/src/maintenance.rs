//! Declared maintenances: stretches of time in which windows tell nothing.

use crate::matcher::Matchers;
use crate::window::Window;
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
