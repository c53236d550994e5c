//! One model of the fleet as a scenario has it: its volume, versions, faults and changes.

use crate::calendar::HOUR_US;
use crate::fault::Fault;
use crate::happening::Happening;
use crate::model::{Law, Model};
use candor_contract::spec::FaultKind;

/// How much traffic a model has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Volume {
    /// By the season: rows of an hour at weight 1.
    Seasonal(f64),
    /// Always alike: rows of an hour.
    Steady(f64),
}

/// A version, and when it went live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) from_us: i64,
    pub(crate) name: String,
}

/// A change event that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at_us: i64,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) what: &'static str,
    pub(crate) why: String,
}

/// A model of a scenario.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its place in the scenario, which names its streams.
    pub(crate) number: u64,
    pub(crate) model: &'static dyn Model,
    pub(crate) volume: Volume,
    /// The first is there from the start.
    pub(crate) versions: Vec<Version>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) happenings: Vec<Happening>,
    /// By time.
    pub(crate) changes: Vec<Change>,
}

impl Member {
    pub(crate) fn law(&self) -> &'static Law {
        self.model.law()
    }

    /// Rows that are expected in a stretch of at most an hour.
    pub(crate) fn expected_rows(&self, from_us: i64, to_us: i64) -> f64 {
        let hours = (to_us - from_us) as f64 / HOUR_US as f64;
        match self.volume {
            Volume::Seasonal(rows) => rows * hours * self.law().season.at(from_us.midpoint(to_us)),
            Volume::Steady(rows) => rows * hours,
        }
    }

    /// Rows of its busiest hour, nearly.
    pub(crate) fn busiest_hour(&self) -> f64 {
        match self.volume {
            Volume::Seasonal(rows) => {
                let season = &self.law().season;
                rows * season.by_weekday.iter().copied().fold(0.0, f64::max)
            }
            Volume::Steady(rows) => rows,
        }
    }

    /// The most that happenings make of its traffic.
    pub(crate) fn most(&self) -> f64 {
        self.happenings.iter().map(|h| h.size).fold(1.0, f64::max)
    }

    /// Place of the version that is live at an instant, bad ones aside.
    pub(crate) fn rank_at(&self, at_us: i64) -> usize {
        let live = self.versions.partition_point(|v| v.from_us <= at_us);
        live.saturating_sub(1)
    }

    /// Faults of some kinds that concern a stretch of time.
    pub(crate) fn faults_in(
        &self,
        kinds: &'static [FaultKind],
        from_us: i64,
        to_us: i64,
    ) -> impl Iterator<Item = &Fault> {
        let fits = move |f: &&Fault| kinds.contains(&f.kind) && f.touches(from_us, to_us);
        self.faults.iter().filter(fits)
    }

    /// The version that a bad deployment brings.
    pub(crate) fn bad_version(&self, fault: &Fault) -> String {
        let before = &self.versions[self.rank_at(fault.from_us)].name;
        fault.version.clone().unwrap_or_else(|| next(before))
    }
}

/// The version after another: its last number counted up.
fn next(version: &str) -> String {
    let digits = version.len() - version.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, tail) = version.split_at(version.len() - digits);
    match tail.parse::<u64>() {
        Ok(number) => format!("{head}{}", number.saturating_add(1)),
        Err(_) => format!("{version}-2"),
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_version_counts_on() {
        for (before, after) in [
            ("2.3.1", "2.3.2"),
            ("2.3.9", "2.3.10"),
            ("assist-3", "assist-4"),
            ("blue", "blue-2"),
            ("", "-2"),
        ] {
            assert_eq!(next(before), after);
        }
    }
}
